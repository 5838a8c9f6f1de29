import { randomBytes, randomInt } from 'node:crypto';

/** Secrets a user may pass on the first run (or to rotate). Never logged, never in argv, never in an environment of a child. */
export interface SecretInputs {
  readonly licenseKey?: string;
  readonly adminPassword?: string;
  readonly adminEmail?: string;
  readonly postgresPassword?: string;
  readonly clickhousePassword?: string;
}

/**
 * Every secret of a deployment. `name` is its Key Vault name; with `_` for `-` it is the ephemeral variable of `terraform/infra`
 * (a contract test holds both lists together). Shapes are those the chart asks for.
 */
export interface SecretKind {
  readonly name: string;
  readonly description: string;
  /** The action input that may supply it, by its public and its typed name. */
  readonly input?: { readonly name: string; readonly key: keyof SecretInputs };
  /** How a first run makes it when no input supplies it. Absent: the user must. */
  readonly generate?: () => string;
  /** Configurations (tfvars as JSON) in which somebody else chose the value, so that the user must supply it although it could be made. */
  readonly isGiven?: (config: Readonly<Record<string, unknown>>) => boolean;
  /** Says what is wrong with a value, or nothing. */
  readonly check?: (value: string) => string | undefined;
  /** `never`: a new value would make stored data unreadable or end every API key. */
  readonly rotation: 'allowed' | 'never';
}

/** 32 random bytes in standard base64, 44 characters: API key salt, JWT secret. */
const base64Key = (): string => randomBytes(32).toString('base64');

/** A Fernet key: 32 random bytes in URL-safe base64 with padding, 44 characters. */
const fernetKey = (): string => randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');

const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789';

/** 28 letters and digits with all three character classes, as Azure asks of a PostgreSQL administrator (8-128, 3 of 4 classes). */
function databasePassword(): string {
  const rest = Array.from({ length: 25 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return `Ls${randomInt(10)}${rest}`;
}

/** The rule of the chart's auth bootstrap. Digits are not asked for; `*`, `&` and `=` do not count as symbols. */
export function adminPasswordProblem(value: string): string | undefined {
  const missing = [
    value.length >= 12 ? undefined : '12 or more characters',
    /[a-z]/.test(value) ? undefined : 'a lower-case letter',
    /[A-Z]/.test(value) ? undefined : 'an upper-case letter',
    /[!#$%()+,\-./:?@[\\\]^_{~}]/.test(value) ? undefined : 'one of the symbols !#$%()+,-./:?@[\\]^_{~}',
  ].filter((problem) => problem !== undefined);
  return missing.length === 0 ? undefined : `needs ${missing.join(', ')}`;
}

export function emailProblem(value: string): string | undefined {
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value) ? undefined : 'is not an e-mail address';
}

/** Azure's rule for PostgreSQL administrators: 8-128 characters, three of four character classes. */
export function postgresPasswordProblem(value: string): string | undefined {
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((pattern) => pattern.test(value)).length;
  return value.length >= 8 && value.length <= 128 && classes >= 3
    ? undefined
    : 'needs 8-128 characters from three of: lower case, upper case, digits, symbols';
}

/** The rule of the Terraform variable. */
const blankProblem = (value: string): string | undefined => (value.trim() === value ? undefined : 'starts or ends with white space');

const licenseProblem = (value: string): string | undefined => (/\s/.test(value) ? 'holds white space or a line break' : undefined);

export const SECRETS: readonly SecretKind[] = [
  {
    name: 'langsmith-license-key',
    description: 'LangSmith license',
    input: { name: 'license-key', key: 'licenseKey' },
    check: licenseProblem,
    rotation: 'allowed',
  },
  {
    name: 'langsmith-admin-password',
    description: 'first administrator',
    input: { name: 'admin-password', key: 'adminPassword' },
    check: adminPasswordProblem,
    rotation: 'allowed',
  },
  {
    name: 'langsmith-admin-email',
    description: 'first administrator',
    input: { name: 'admin-email', key: 'adminEmail' },
    check: emailProblem,
    rotation: 'allowed',
  },
  { name: 'langsmith-api-key-salt', description: 'salt of every API key', generate: base64Key, rotation: 'never' },
  { name: 'langsmith-jwt-secret', description: 'signs sessions', generate: base64Key, rotation: 'allowed' },
  {
    name: 'langsmith-deployments-encryption-key',
    description: 'encrypts deployment secrets (pass 3)',
    generate: fernetKey,
    rotation: 'never',
  },
  {
    name: 'langsmith-agent-builder-encryption-key',
    description: 'encrypts Agent Builder data (pass 4)',
    generate: fernetKey,
    rotation: 'never',
  },
  { name: 'langsmith-insights-encryption-key', description: 'encrypts Insights data (pass 5)', generate: fernetKey, rotation: 'never' },
  { name: 'langsmith-polly-encryption-key', description: 'encrypts Polly data (pass 5, optional)', generate: fernetKey, rotation: 'never' },
  {
    name: 'postgres-admin-password',
    description: 'PostgreSQL administrator',
    input: { name: 'postgres-password', key: 'postgresPassword' },
    generate: databasePassword,
    check: postgresPasswordProblem,
    rotation: 'allowed',
  },
  {
    name: 'clickhouse-password',
    description: 'ClickHouse; of an external one only you know it',
    input: { name: 'clickhouse-password', key: 'clickhousePassword' },
    generate: databasePassword,
    isGiven: (config) => config['clickhouse_source'] === 'external',
    check: blankProblem,
    rotation: 'allowed',
  },
];

/** Name in {@link Secrets} of the key of a cache that Azure runs. Azure keeps it: it is in no vault, and asked for when it is used. */
export const REDIS_KEY = 'redis-access-key';

/** The Terraform variable that carries a secret. */
export const variableOf = (secretName: string): string => secretName.replaceAll('-', '_');
