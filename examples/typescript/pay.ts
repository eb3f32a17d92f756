// Registers, logs in, pays in, moves money twice with one key, is refused, and leafs through the history: every answer is typed.
// BANK_URL says where the bank is.
import createClient from "openapi-fetch";
import type { paths } from "./bank.d.ts";

declare const process: { env: Record<string, string | undefined> };
declare const console: { log(...shown: unknown[]): void };

// Failures as problem details are for clients that ask for them; this one takes JSON, and so knows one type of failure.
const bank = createClient<paths, "application/json">({ baseUrl: process.env["BANK_URL"] ?? "http://127.0.0.1:8080" });

function done<Data>(answer: { data?: Data; error?: { error: { code: string } } | undefined }): Data {
  if (answer.error !== undefined || answer.data === undefined) {
    throw new Error(answer.error?.error.code ?? "no answer");
  }
  return answer.data;
}

const key = () => ({ "Idempotency-Key": crypto.randomUUID() });
const who = { email: `sita-${crypto.randomUUID()}@example.com`, password: "walnut-kettle-harbour" };

const { account } = done(
  await bank.POST("/v1/auth/register", { params: { header: key() }, body: { ...who, currency: "NPR" } }),
).data;
const { accessToken } = done(await bank.POST("/v1/auth/login", { body: who })).data;
bank.use({
  onRequest({ request }) {
    request.headers.set("Authorization", `Bearer ${accessToken}`);
    return request;
  },
});

const savings = done(
  await bank.POST("/v1/accounts", { params: { header: key() }, body: { currency: "NPR", name: "Savings" } }),
).data;
done(
  await bank.POST("/v1/transactions/deposit", {
    params: { header: key() },
    body: { accountId: account.id, amount: "100.00", currency: "NPR" },
  }),
);

const once = { params: { header: key() } };
const transfer = { fromAccountId: account.id, toAccountId: savings.id, amount: "30.00", currency: "NPR" };
const first = await bank.POST("/v1/transactions/transfer", { ...once, body: transfer });
const again = await bank.POST("/v1/transactions/transfer", { ...once, body: transfer });
console.log("moved", done(first).data.amount, "replayed", again.response.headers.get("Idempotent-Replayed"));

const refused = await bank.POST("/v1/transactions/withdraw", {
  params: { header: key() },
  body: { accountId: account.id, amount: "70.01", currency: "NPR" },
});
if (refused.error?.error.code !== "insufficient_funds") {
  throw new Error("it should have been refused");
}
const { available, needed } = refused.error.error.details;
console.log("refused: there is", available, "and not", needed);

let cursor: string | undefined;
do {
  const page = done(
    await bank.GET("/v1/transactions", { params: { query: { limit: 1, ...(cursor === undefined ? {} : { cursor }) } } }),
  );
  console.log(...page.data.map(({ kind, amount }) => `${kind} ${amount}`));
  cursor = page.meta.page?.nextCursor ?? undefined;
} while (cursor !== undefined);
