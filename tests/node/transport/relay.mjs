// Compiles the documents of ./relay against the SDL given as the first argument; prints one JSON line.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'relay-'));
try {
  cpSync('relay', join(folder, 'src'), { recursive: true });
  cpSync(resolve(process.argv[2]), join(folder, 'schema.graphql'));
  mkdirSync(join(folder, 'out'));
  const config = { src: './src', schema: './schema.graphql', language: 'javascript', artifactDirectory: './out', eagerEsModules: true };
  writeFileSync(join(folder, 'relay.config.json'), JSON.stringify(config));
  const compiler = createRequire(import.meta.url).resolve('relay-compiler/cli.js');
  const run = spawnSync(process.execPath, [compiler, 'relay.config.json'], { cwd: folder, encoding: 'utf8' });
  const artifacts = run.status === 0 ? readdirSync(join(folder, 'out')).sort() : [];
  console.log(JSON.stringify({ ok: run.status === 0, artifacts, output: run.stdout + run.stderr }));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
