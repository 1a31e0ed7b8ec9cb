/** Which accounts send what is written in the fields below: on their networks people are looked for. */
import { getContext, setContext } from "svelte";
import type { Account } from "./api/types";

type Senders = () => readonly Account[];
const KEY = Symbol("senders");

export const setSenders = (senders: Senders): Senders => setContext(KEY, senders);
export const senders = (): Senders => getContext<Senders | undefined>(KEY) ?? (() => []);
