import { expect, test } from "vitest";
import { noFilter } from "./planning";
import { parseRoute, to } from "./router.svelte";

const nowhere = { view: null, date: null, filter: noFilter };
const place = {
  view: "week" as const,
  date: "2026-12-01",
  filter: { ...noFilter, account: "acc_1,acc_2", text: "half & half" },
};

test.each([
  ["", { page: "calendar", place: nowhere }],
  ["#/", { page: "calendar", place: nowhere }],
  ["#/nowhere/at/all", { page: "calendar", place: nowhere }],
  ["#/?view=year&date=soon", { page: "calendar", place: nowhere }],
  [to.calendarAt(place), { page: "calendar", place }],
  [to.calendarSettings, { page: "calendar-settings" }],
  [to.campaigns, { page: "campaigns" }],
  [to.campaign("cmp_1"), { page: "campaign", id: "cmp_1" }],
  [to.drafts, { page: "drafts" }],
  [
    to.inbox(),
    { page: "inbox", id: null, filter: { account: "", kind: "", state: "", answered: "" } },
  ],
  [
    to.inbox("itm_1", { account: "acc_1", answered: "false" }),
    {
      page: "inbox",
      id: "itm_1",
      filter: { account: "acc_1", kind: "", state: "", answered: "false" },
    },
  ],
  [to.reports, { page: "reports" }],
  [to.health, { page: "health" }],
  [to.account("acc_1"), { page: "account", id: "acc_1" }],
  [to.accounts, { page: "accounts" }],
  [to.connect, { page: "connect", account: null }],
  [to.reconnect("acc_1"), { page: "connect", account: "acc_1" }],
  [to.settings, { page: "settings", pausing: false }],
  [to.pausing, { page: "settings", pausing: true }],
  [to.search(), { page: "search", q: "" }],
  [to.search("rye & wheat"), { page: "search", q: "rye & wheat" }],
  [to.library, { page: "library", q: "" }],
  [to.libraryOf("a?b"), { page: "library", q: "a?b" }],
  [to.people, { page: "people" }],
  [to.all, { page: "all" }],
  [
    to.inside("wsp_1", to.inbox("itm_1")),
    { page: "elsewhere", workspace: "wsp_1", rest: "inbox/itm_1" },
  ],
  [to.compose(), { page: "compose", at: null, copy: null }],
  [to.compose("2026-12-01T09:00"), { page: "compose", at: "2026-12-01T09:00", copy: null }],
  [to.copy("pst_1"), { page: "compose", at: null, copy: "pst_1" }],
  [to.post("pst_1"), { page: "post", id: "pst_1" }],
  [to.edit("pst_1"), { page: "edit", id: "pst_1" }],
])("%s leads to its page", (fragment, route) => {
  expect(parseRoute(fragment)).toEqual(route);
});
