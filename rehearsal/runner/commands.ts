import type { Annotation } from './types.js';

export interface Command {
  /** Lower case. */
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
}

/** `::name key=value,...::data`, or undefined when the line is ordinary output. */
export function parseCommand(line: string): Command | undefined {
  const match = /^\s*::([A-Za-z0-9-]+)(?:\s+(.*?))?::(.*)$/s.exec(line);
  if (!match) return undefined;
  const [, name = '', properties = '', data = ''] = match;
  const pairs = properties
    .split(',')
    .map((pair) => /^\s*([^=\s]+)\s*=(.*)$/s.exec(pair))
    .filter((pair) => pair !== null)
    .map(([, key = '', value = '']) => [key.toLowerCase(), unescape(value, true)] as const);
  return { name: name.toLowerCase(), properties: Object.fromEntries(pairs), data: unescape(data, false) };
}

function unescape(text: string, property: boolean): string {
  const plain = text.replace(/%0D/g, '\r').replace(/%0A/g, '\n');
  return (property ? plain.replace(/%3A/g, ':').replace(/%2C/g, ',') : plain).replace(/%25/g, '%');
}

/** What a command may do to its step. */
export interface CommandEffects {
  write(line: string): void;
  mask(value: string): void;
  annotate(annotation: Annotation): void;
  group(title: string): void;
  /** The step fails even when its process exits with 0. */
  fail(): void;
  readonly debug: boolean;
}

const DISABLED = new Set(['set-env', 'add-path', 'set-output', 'save-state']);
const UNMODELLED = new Set(['add-matcher', 'remove-matcher', 'internal-set-repo-path']);

/** Reads the output of one step line by line, and obeys the workflow commands in it. */
export class CommandReader {
  #stopToken: string | undefined;
  #echo = false;

  constructor(private readonly effects: CommandEffects) {}

  /** One line of stdout or stderr, without its line end. */
  read(line: string): void {
    const command = parseCommand(line);
    if (!command) return this.effects.write(line);
    if (this.#stopToken !== undefined) {
      if (command.name !== this.#stopToken.toLowerCase()) return this.effects.write(line);
      this.#stopToken = undefined;
      return this.effects.write(line);
    }
    if (!this.#obey(command)) return this.effects.write(line);
    if (this.#echo && command.name !== 'echo' && command.name !== 'add-mask') this.effects.write(line);
  }

  #obey({ name, properties, data }: Command): boolean {
    switch (name) {
      case 'error':
      case 'warning':
      case 'notice':
        this.#annotate(name, properties, data);
        return true;
      case 'group':
        this.effects.write(`##[group]${data}`);
        this.effects.group(data);
        return true;
      case 'endgroup':
        this.effects.write('##[endgroup]');
        return true;
      case 'debug':
        if (this.effects.debug) for (const line of data.split('\n')) this.effects.write(`##[debug]${line}`);
        return true;
      case 'add-mask':
        if (data.trim() === '') this.#annotate('warning', {}, "Can't add secret mask for empty string in ##[add-mask] command.");
        else this.effects.mask(data);
        return true;
      case 'stop-commands':
        if (data.trim() === '') this.#refuse("Invalid stop-commands token: it can't be empty.");
        else this.#stopToken = data.trim();
        return true;
      case 'echo':
        if (data !== 'on' && data !== 'off') this.#refuse("Invalid echo command value. Possible values can be: 'on', 'off'.");
        else this.#echo = data === 'on';
        return true;
    }
    if (DISABLED.has(name)) {
      this.#refuse(`The \`${name}\` command is disabled. Please upgrade to using Environment Files.`);
      return true;
    }
    if (UNMODELLED.has(name)) {
      this.#refuse(`The rehearsal runner has no model of the \`${name}\` command.`);
      return true;
    }
    return false;
  }

  #refuse(message: string): void {
    this.#annotate('error', {}, message);
    this.effects.fail();
  }

  #annotate(level: Annotation['level'], properties: Readonly<Record<string, string>>, message: string): void {
    const line = Number(properties.line);
    this.effects.write(`##[${level}]${message}`);
    this.effects.annotate({
      level,
      message,
      title: properties.title,
      file: properties.file,
      line: Number.isInteger(line) && line > 0 ? line : undefined,
    });
  }
}
