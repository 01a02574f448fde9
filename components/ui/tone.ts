/** What a badge, alert or meter says: good, needs a look, failed or destructive, in progress, off. */
export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'idle';
