/** A line of a POSIX shell that runs just these words, whatever is in them. */
export function shellLine(...words: string[]): string {
  return words.map(shellWord).join(' ');
}

function shellWord(text: string): string {
  return /^[\w./-][\w./=-]*$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
