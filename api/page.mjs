// Writes a page that shows the contract, with everything that it needs beside it: node api/page.mjs CONTRACT.json FOLDER
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const [contract, folder] = process.argv.slice(2);
const ui = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
mkdirSync(folder, { recursive: true });
for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) copyFileSync(join(ui, file), join(folder, file));
const spec = readFileSync(contract, 'utf8').replaceAll('</', '<\\/');
writeFileSync(join(folder, 'index.html'), `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Connected cars: the REST API</title>
<link rel="stylesheet" href="swagger-ui.css">
<div id="api"></div>
<script src="swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ spec: ${spec}, dom_id: '#api', deepLinking: true, supportedSubmitMethods: [] });</script>
</html>
`);
