// Opens a page in headless Chromium, in light and dark, at the width of a desk and of a phone, and prints what is wrong with it,
// a line each: a message on the console, a request for anything but the page, a violation that axe-core finds, a page wider than
// its window. Prints "checked N" at the end.
// node check-page.cjs MODULES CHROMIUM PAGE [SCREENSHOT-FOLDER]
'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const [modules, chromium, page, screenshots] = process.argv.slice(2);
const playwright = require(path.join(modules, 'playwright-core'));
const axe = fs.readFileSync(path.join(modules, 'axe-core', 'axe.min.js'), 'utf8');

(async () => {
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'azimagetools-chromium-'));
  const browser = await playwright.chromium.launchPersistentContext(profile, {
    executablePath: chromium,
    headless: true,
    bypassCSP: false,
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  let checked = 0;
  try {
    for (const colorScheme of ['light', 'dark']) {
      for (const width of [1280, 390]) {
        const name = `${colorScheme} at ${width} px`;
        const tab = await browser.newPage();
        await tab.emulateMedia({ colorScheme });
        await tab.setViewportSize({ width, height: 900 });
        const url = pathToFileURL(page).href;
        tab.on('console', message => console.log(`${name}: console: ${message.type()}: ${message.text()}`));
        tab.on('pageerror', error => console.log(`${name}: page error: ${error.message}`));
        tab.on('dialog', dialog => { console.log(`${name}: dialog: ${dialog.message()}`); return dialog.dismiss(); });
        tab.on('request', request => { if (request.url() !== url) console.log(`${name}: request: ${request.url()}`); });
        await tab.goto(url, { waitUntil: 'load' });
        if (await tab.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) {
          console.log(`${name}: the page is wider than its window`);
        }

        if (screenshots) {
          await tab.screenshot({ path: path.join(screenshots, `${colorScheme}-${width}.png`), fullPage: true });
        }

        for (const details of await tab.$$('details')) {
          await details.evaluate(element => { element.open = true; });
        }

        // The tools' own evaluation is not the page's: its policy does not stop it.
        await tab.evaluate(axe);
        const result = await tab.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
        for (const violation of result.violations) {
          console.log(`${name}: axe: ${violation.id}: ${violation.help}: ${violation.nodes.slice(0, 3).map(node => node.html.slice(0, 120)).join(' | ')}`);
        }

        checked++;
        await tab.close();
      }
    }
  } finally {
    await browser.close();
    fs.rmSync(profile, { recursive: true, force: true });
  }

  console.log(`checked ${checked}`);
})().catch(error => { console.error(error); process.exit(1); });
