// Runs the audits of graphql-http against an endpoint and prints one JSON line per audit.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
for (const result of results) {
  const reason = result.status === 'ok' ? undefined : result.reason;
  console.log(JSON.stringify({ id: result.id, name: result.name, status: result.status, reason }));
  if (result.status !== 'ok') await result.response?.text?.().catch(() => undefined);
}
