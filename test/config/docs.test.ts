import { expect, it } from 'vitest';
import { variableOf } from '../../src/config/environment.ts';
import {
  issuerLeaves,
  type Leaf,
  leaves,
  policyLeaves,
  ruleLeaves,
  tenantLeaves,
} from '../../src/config/outline.ts';

const INTRODUCTION = `# Settings

One YAML file: \`--config FILE\`, else \`POSTERN_CONFIG\`, else \`./postern.yaml\` where it exists. Variables of the
environment stand above it; lists are separated by commas there, and a secret can come from a file
(\`POSTERN_ADMIN_TOKEN_FILE=/run/secrets/admin-token\`). Whatever is not known is refused, with the nearest name, and all
that is wrong is told at once: \`postern check\` reads the settings and does nothing else.

This page is written from the schema by its test (\`npx vitest run test/config/docs.test.ts --update\`).
`;

const byDefault = ({ defaultValue }: Leaf) => {
  const text = [defaultValue ?? []].flat().join(', ');
  return text === '' ? '' : `\`${text}\``;
};

const setting = (leaf: Leaf) =>
  `| \`${leaf.path.join('.')}\` | ${leaf.type} | ${byDefault(leaf)} | \`${variableOf(leaf)}\`${leaf.secret ? ', `…_FILE`' : ''} | ${leaf.description} |`;

const requirement = (leaf: Leaf) =>
  `| \`${leaf.path.join('.')}\` | ${leaf.type} | ${byDefault(leaf)} | ${leaf.description} |`;

it('the reference of the settings says what the schema says', async () => {
  const page = [
    INTRODUCTION,
    '| setting | type | default | variable | |\n| --- | --- | --- | --- | --- |',
    ...leaves.map(setting),
    `
## Policies

\`policies\` maps a name to what it asks for, and \`/{dialect}/{name}\` is where a proxy asks. What is stated must hold, all
of it. Without the setting there is one policy, \`default\`, that any live session of the tenant \`default\` satisfies.

| requirement | type | default | |
| --- | --- | --- | --- |`,
    ...policyLeaves.map(requirement),
    `
### Rules

A policy may go by the original request instead: it has \`rules\`, each with its own requirements and no others. The first
one whose method, host and path fit counts; where none does, the request is denied.

| of a rule | type | default | |
| --- | --- | --- | --- |`,
    ...ruleLeaves.map(requirement),
    `
## Foreign issuers

\`issuers\` is a list of those whose JSON Web Tokens are taken: [what is checked, and examples](foreign-issuers.md). What has
no default must be there, but for \`jwksUri\`.

| setting | type | default | |
| --- | --- | --- | --- |`,
    ...issuerLeaves.map(requirement),
    `
## Tenants

\`tenants\` maps a name to how it issues. Each has applications, resources, roles, keys and sessions of its own; without
the setting there is one, \`default\`.

| option | type | default | |
| --- | --- | --- | --- |`,
    ...tenantLeaves.map(requirement),
    '',
  ];
  await expect(page.join('\n')).toMatchFileSnapshot('../../docs/settings.md');
});
