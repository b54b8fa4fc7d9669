// Brings src/locale/messages.de.xlf up to date with the texts of the pages: `npm run texts`. A text that is new comes without its
// translation, and the build fails until it has one; a translation of a text that is gone goes too.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

const german = 'src/locale/messages.de.xlf';
const unit = /<unit id="(\d+)">[\s\S]*?<source>([\s\S]*?)<\/source>(?:\s*<target>([\s\S]*?)<\/target>)?[\s\S]*?<\/unit>/g;

execFileSync('npx', ['--no-install', 'ng', 'extract-i18n'], { stdio: ['ignore', 'ignore', 'inherit'] });
const targets = new Map([...readFileSync(german, 'utf8').matchAll(unit)].map(([, id, , target]) => [id, target]));
const units = [...readFileSync('src/locale/messages.xlf', 'utf8').matchAll(unit)].map(([, id, source]) => {
  const target = targets.get(id);
  return `    <unit id="${id}">\n      <segment>\n        <source>${source}</source>${target ? `\n        <target>${target}</target>` : ''}\n      </segment>\n    </unit>\n`;
});
writeFileSync(
  german,
  `<?xml version="1.0" encoding="UTF-8" ?>\n<xliff version="2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0" srcLang="en" trgLang="de">\n  <file id="ngi18n" original="ng.template">\n${units.join('')}  </file>\n</xliff>\n`,
);
rmSync('src/locale/messages.xlf');
