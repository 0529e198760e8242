/**
 * Gives property tests one seed, so that a run says the same about the same commit. WEIR_TEST_SEED chooses another; "random" lets every property choose its own, which is how
 * new counterexamples are hunted.
 */
import fc from "fast-check";

const DEFAULT_SEED = "20261121";

const chosen = process.env.WEIR_TEST_SEED ?? DEFAULT_SEED;
if (chosen !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(chosen) });
