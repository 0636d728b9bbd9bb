import type { BundledPackage } from "./bundled-packages.ts";

/** THIRD_PARTY_NOTICES.txt: the licences of all that the bundle holds beside our own code, as they ask for. */
export function noticesOf(packages: readonly BundledPackage[]): string {
  const sections = packages.map(({ name, version, license, notices }) =>
    section(`${name} ${version} (${license})`, notices.map(({ text }) => text.trim()).join("\n\n")),
  );
  return `${[introduction, ...sections, section("llhttp, inside undici (MIT)", llhttpLicense)].join("\n\n")}\n`;
}

const introduction = `ontap-iscsi-operator is licensed under the Apache License 2.0. Its bundle contains code of the following packages,
under the licences that follow.`;

const rule = "=".repeat(80);

const section = (title: string, text: string): string =>
  `${rule}\n${title}\n${rule}\n\n${text.replaceAll("\r\n", "\n")}`;

/** undici carries llhttp as WebAssembly, without its licence: github.com/nodejs/llhttp, LICENSE. */
const llhttpLicense = `This software is licensed under the MIT License.

Copyright Fedor Indutny, 2018.

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation
files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy,
modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software
is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT
HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING
FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
