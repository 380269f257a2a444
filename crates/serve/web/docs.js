// The page of a model service. Everything on it comes from this server, and all text that a
// model's author wrote is inserted as text, never as markup.
'use strict';

const HEALTH_EVERY_MS = 5000;
const byId = (id) => document.getElementById(id);
let shown = null; // what the page was last built for: 'ready' or 'refusing'

/** An element with properties and children; strings become text. */
function element(name, properties, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children.filter((child) => child !== null && child !== ''));
  return made;
}

async function fetchJson(path) {
  const response = await fetch(path, { cache: 'no-store' });
  return { status: response.status, body: await response.json() };
}

async function checkHealth() {
  const badge = byId('status');
  let state = 'unreachable';
  let reason = 'The service does not answer.';
  try {
    const { status, body } = await fetchJson('/api/health/ready');
    state = status === 200 ? 'ready' : 'refusing';
    reason = body.reason || '';
  } catch { /* the words above say it */ }
  const words = { ready: 'accepting traffic', refusing: 'refusing traffic', unreachable: 'unreachable' };
  // Live regions speak when they change: change them only when there is news.
  if (badge.textContent !== words[state]) {
    badge.textContent = words[state];
    badge.className = `badge ${state === 'ready' ? 'good' : 'bad'}`;
  }
  if (byId('reason').textContent !== reason) byId('reason').textContent = reason;
  byId('reason').hidden = state === 'ready' || reason === '';
  if (state !== 'unreachable' && state !== shown) {
    try {
      await build();
      shown = state;
    } catch { /* tried again at the next check */ }
  }
}

async function build() {
  const [{ body: document_ }, { body: list }] =
    await Promise.all([fetchJson('/openapi.json'), fetchJson('/api/models')]);
  document.title = document_.info.title;
  byId('title').textContent = document_.info.title;
  byId('about').textContent =
    [`Version ${document_.info.version}.`, document_.info.description].filter(Boolean).join(' ');
  const cards = await Promise.all(list.models.map((model) => modelCard(model, document_)));
  const none = element('p', { className: 'quiet' },
    'None is served now. They appear here as soon as their packages are verified.');
  byId('models').replaceChildren(...(cards.length ? cards : [none]));
  byId('endpoints').replaceChildren(...endpoints(document_));
}

/** Follows `$ref` and the single `allOf` that carries a description. */
function resolve(schema, root) {
  const target = schema.$ref || (schema.allOf && schema.allOf[0].$ref);
  if (!target) return schema;
  const found = target.slice(2).split('/').reduce((at, part) => at[part], root);
  return { ...found, ...schema };
}

async function modelCard(model, root) {
  const { body: metadata } =
    await fetchJson(`/api/models/${encodeURIComponent(model.qualified_name)}/metadata`);
  const facts = [['Qualified name', element('code', {}, model.qualified_name)], ['Version', model.version]];
  if (metadata.package) facts.push(['Package', element('code', {}, metadata.package)]);
  if (metadata.sealed_by) {
    const { name, fingerprint } = metadata.sealed_by;
    const short = element('code', { title: `SHA-256 ${fingerprint}` }, `${fingerprint.slice(0, 16)}…`);
    facts.push(['Sealed by', element('span', {}, `${name}, key `, short)]);
  }
  return element('article', { className: 'card' },
    element('h3', {}, model.display_name),
    element('p', {}, model.description),
    element('dl', {}, ...facts.flatMap(([term, fact]) => [element('dt', {}, term), element('dd', {}, fact)])),
    predictionForm(model, root) || '');
}

function predictionForm(model, root) {
  const path = `/api/models/${model.qualified_name}/prediction`;
  const operation = root.paths[path] && root.paths[path].post;
  if (!operation) return null;
  const input = resolve(operation.requestBody.content['application/json'].schema, root);
  const required = input.required || [];
  const fields = Object.entries(input.properties).map(([name, schema]) =>
    inputField(`${model.qualified_name}.${name}`, name, resolve(schema, root), required.includes(name)));
  const answer = element('div', { className: 'answer', ariaLive: 'polite' });
  const button = element('button', { type: 'submit' }, 'Predict');
  const form = element('form', { noValidate: true },
    element('div', { className: 'fields' }, ...fields.map((field) => field.row)), button, answer);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    // Text that is no number reads as empty, and empty would be filled in. Everything else is
    // sent as it is: the page shows what the service says about it.
    const unreadable = fields.find((field) => field.control.validity.badInput);
    if (unreadable) {
      unreadable.control.reportValidity();
      return;
    }
    const record = {};
    for (const field of fields) {
      const value = field.read();
      if (value !== undefined) record[field.name] = value;
    }
    button.disabled = true;
    await predict(path, JSON.stringify(record), answer);
    button.disabled = false;
  });
  return form;
}

/** `body_mass_index` as `Body mass index`. */
function inWords(name) {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A labelled control, and how to read it: `undefined` leaves the field out. */
function inputField(id, name, schema, required) {
  const notes = [schema.description];
  let control;
  let convert = (text) => text;
  if (schema.enum || schema.type === 'boolean') {
    const words = schema.enum || ['true', 'false'];
    const nothing = element('option', { value: '' }, required ? '(choose)' : '(filled in by the model)');
    control = element('select', { id }, nothing, ...words.map((word) => element('option', { value: word }, word)));
    if (schema.type === 'boolean') convert = (text) => text === 'true';
  } else {
    const step = schema.type === 'integer' ? '1' : 'any';
    control = element('input', { id, type: 'number', step, inputMode: 'decimal' });
    if (!required) control.placeholder = '(filled in by the model)';
    if (schema.minimum !== undefined) control.min = schema.minimum;
    if (schema.maximum !== undefined) control.max = schema.maximum;
    const kind = schema.type === 'integer' ? 'whole number' : 'number';
    const from = schema.minimum !== undefined ? ` from ${schema.minimum}` : '';
    const to = schema.maximum !== undefined ? ` to ${schema.maximum}` : '';
    notes.push(`${kind}${from}${to}`);
    convert = Number;
  }
  notes.push(required ? 'required' : 'optional');
  control.setAttribute('aria-describedby', `${id}.note`);
  const row = element('div', {}, element('label', { htmlFor: id }, inWords(name)), control,
    element('p', { id: `${id}.note`, className: 'note' }, notes.filter(Boolean).join(' · ')));
  return { name, row, control, read: () => (control.value === '' ? undefined : convert(control.value)) };
}

async function predict(path, body, answer) {
  // A quote inside single quotes of a shell: close, escape, open again.
  const quoted = body.replaceAll("'", "'\\''");
  const curl = `curl -X POST ${location.origin}${path} \\\n  -H 'Content-Type: application/json' \\\n  -d '${quoted}'`;
  let badge;
  let lines;
  try {
    const response = await fetch(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
    const result = await response.json();
    badge = element('p', { className: `badge ${response.ok ? 'good' : 'bad'}` },
      [response.status, response.statusText].filter(Boolean).join(' '));
    lines = response.ok
      ? Object.entries(result).map(([name, label]) => element('p', { className: 'big' }, `${inWords(name)}: ${label}`))
      : (result.messages || []).map((message) => element('p', {}, message));
    lines.push(element('pre', {}, JSON.stringify(result)));
  } catch {
    badge = element('p', { className: 'badge bad' }, 'no answer');
    lines = [element('p', {}, 'The service does not answer.')];
  }
  answer.replaceChildren(badge, ...lines, element('h4', {}, 'The same with curl'), element('pre', {}, curl));
}

function endpoints(root) {
  return Object.entries(root.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => endpoint(method, path, operation, root)));
}

function endpoint(method, path, operation, root) {
  const request = operation.requestBody && operation.requestBody.content['application/json'].schema;
  const rows = Object.entries(operation.responses).map(([code, response]) => {
    const content = response.content && response.content['application/json'];
    return element('tr', {}, element('td', {}, code), element('td', {}, response.description),
      element('td', {}, element('code', {}, content ? describe(content.schema, root) : '')));
  });
  const heads = ['Status', 'Meaning', 'Body'].map((head) => element('th', { scope: 'col' }, head));
  return element('details', {},
    element('summary', {}, element('span', { className: 'method' }, method.toUpperCase()), element('code', {}, path)),
    element('div', {},
      element('p', {}, operation.description || operation.summary || ''),
      ...(request ? [element('h4', {}, 'Request'), element('pre', {}, describe(request, root))] : []),
      element('h4', {}, 'Answers'),
      element('table', {}, element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows))));
}

/** A schema in a few words: `{"a": integer 15..60 or null, "b": "X" | "Y"}`. */
function describe(reference, root) {
  const schema = resolve(reference, root);
  const orNull = schema.nullable ? ' or null' : '';
  if (schema.enum) return schema.enum.map((word) => JSON.stringify(word)).join(' | ') + orNull;
  if (schema.type === 'array') return `[${describe(schema.items, root)}, …]`;
  if (schema.type === 'object' && schema.properties) {
    const members = Object.entries(schema.properties).map(([name, member]) => `  "${name}": ${describe(member, root)}`);
    return members.length > 2 ? `{\n${members.join(',\n')}\n}` : `{${members.join(', ').trim().replaceAll('  ', ' ')}}`;
  }
  const { minimum, maximum } = schema;
  const range = minimum === undefined && maximum === undefined ? '' : ` ${minimum ?? ''}..${maximum ?? ''}`;
  return (schema.type || 'anything') + range + orNull;
}

checkHealth();
setInterval(checkHealth, HEALTH_EVERY_MS);
