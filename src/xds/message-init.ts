import type { DescMessage, Message, MessageInitShape } from "@bufbuild/protobuf";

/** What a message is made from, as a plain object: parts of it can be spread into a whole. */
export type Init<Desc extends DescMessage> = Exclude<MessageInitShape<Desc>, Message>;
