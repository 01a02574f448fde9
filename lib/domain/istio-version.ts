/** A version's numbers: `1.26.2` and `1.27-dev` are known, a branch's name is not. */
export interface IstioVersion {
  major: number;
  minor: number;
  text: string;
}

/** Reads a version as istiod's image has it; null where the text tells none. */
export function parseIstioVersion(text: string | null): IstioVersion | null {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text ?? '') ?? [];
  return text === null || major === undefined || minor === undefined
    ? null
    : { major: Number(major), minor: Number(minor), text };
}

/** True when the version is older than that release. */
export function isBefore(version: IstioVersion, major: number, minor: number): boolean {
  return version.major < major || (version.major === major && version.minor < minor);
}
