// Package conformance runs the official Gateway API suite against whatever cluster KUBECONFIG names, and tells what that suite consists of.
package conformance

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/util/sets"

	"sigs.k8s.io/gateway-api/conformance"
	"sigs.k8s.io/gateway-api/conformance/tests"
	"sigs.k8s.io/gateway-api/conformance/utils/suite"
	"sigs.k8s.io/gateway-api/pkg/consts"
	"sigs.k8s.io/gateway-api/pkg/features"
)

var (
	descriptionOutput = flag.String("description-output", "", "file for what the suite consists of, as JSON")
	resultsOutput     = flag.String("results-output", "", "file for the result of every test, one JSON object a line; the official report leaves out tests that belong to no profile")
)

type profile struct {
	Name     string   `json:"name"`
	Core     []string `json:"core"`
	Extended []string `json:"extended"`
}

type test struct {
	Name        string   `json:"name"`
	Features    []string `json:"features"`
	Provisional bool     `json:"provisional"`
}

type description struct {
	// Release of the definitions that the suite insists on.
	Version      string    `json:"version"`
	Profiles     []profile `json:"profiles"`
	MeshFeatures []string  `json:"meshFeatures"`
	Tests        []test    `json:"tests"`
}

type result struct {
	Test   string `json:"test"`
	Result string `json:"result"`
}

func names(set sets.Set[features.FeatureName]) []string {
	return sorted(set.UnsortedList())
}

func sorted(list []features.FeatureName) []string {
	texts := make([]string, 0, len(list))
	for _, name := range list {
		texts = append(texts, string(name))
	}
	slices.Sort(texts)
	return texts
}

// TestDescribe needs no cluster.
func TestDescribe(t *testing.T) {
	if *descriptionOutput == "" {
		t.Skip("-description-output is not given")
	}
	described := description{
		Version:      consts.BundleVersion,
		MeshFeatures: names(features.SetsToNamesSet(features.MeshCoreFeatures, features.MeshExtendedFeatures)),
	}
	for _, known := range []suite.ConformanceProfile{
		suite.GatewayHTTPConformanceProfile,
		suite.GatewayTLSConformanceProfile,
		suite.GatewayGRPCConformanceProfile,
		suite.GatewayTCPConformanceProfile,
		suite.GatewayUDPConformanceProfile,
	} {
		described.Profiles = append(described.Profiles, profile{
			Name:     string(known.Name),
			Core:     names(known.CoreFeatures),
			Extended: names(known.ExtendedFeatures),
		})
	}
	for _, known := range tests.ConformanceTests {
		described.Tests = append(described.Tests, test{
			Name:        known.ShortName,
			Features:    sorted(known.Features),
			Provisional: known.Provisional,
		})
	}
	text, err := json.Marshal(described)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(*descriptionOutput, text, 0o644))
}

// TestConformance takes the suite's own flags.
func TestConformance(t *testing.T) {
	options := conformance.DefaultOptions(t)
	if *resultsOutput != "" {
		file, err := os.Create(*resultsOutput)
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, file.Close()) })
		var lock sync.Mutex
		encoder := json.NewEncoder(file)
		options.Hook = func(t *testing.T, test suite.ConformanceTest, _ *suite.ConformanceTestSuite) {
			lock.Lock()
			defer lock.Unlock()
			if err := encoder.Encode(result{Test: test.ShortName, Result: outcome(t)}); err != nil {
				t.Errorf("the result cannot be written: %v", err)
			}
		}
	}
	conformance.RunConformanceWithOptions(t, options)
}

func outcome(t *testing.T) string {
	switch {
	case t.Failed():
		return "failed"
	case t.Skipped():
		return "skipped"
	default:
		return "passed"
	}
}
