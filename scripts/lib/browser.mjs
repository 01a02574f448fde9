import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const candidates = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Path of a Chromium on this machine, or undefined. */
export function chromiumPath() {
  return candidates.find((candidate) => candidate && existsSync(candidate));
}

/** 0 when a Chromium is there or could be installed (Debian, as root); else one line that tells how. */
export async function ensureBrowser() {
  if (chromiumPath()) return 0;
  const isDebian = existsSync('/etc/debian_version');
  if (isDebian && process.getuid?.() === 0) {
    console.log('Installing Chromium and a Chinese font with apt-get (once) …');
    const apt = (args) =>
      spawnSync('apt-get', args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      }).status;
    if (
      apt(['update', '-qq']) === 0 &&
      apt(['install', '-y', '-qq', 'chromium', 'fonts-noto-cjk']) === 0 &&
      chromiumPath()
    )
      return 0;
  }
  console.error(
    isDebian
      ? 'The browser journeys need Chromium: run `sudo apt-get install chromium fonts-noto-cjk` and try again.'
      : 'The browser journeys need Chromium or Chrome: install it, or set CHROMIUM to its path, and try again.',
  );
  return 1;
}
