// Shows /api/v1/openapi.json. Text from the document becomes text nodes, never markup.
"use strict";

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== undefined && child !== ""));
  return made;
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.oneOf || schema.anyOf) return (schema.oneOf ?? schema.anyOf).map(typeOf).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  const kind = [schema.type].flat().filter(Boolean).join(" or ");
  return schema.enum ? schema.enum.join(" | ") : schema.format ? `${kind} (${schema.format})` : kind;
}

function fields(schema) {
  const required = new Set(schema.required ?? []);
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) =>
    element("tr", {},
      element("td", {}, element("code", {}, name), required.has(name) ? "" : element("span", { class: "quiet" }, " (optional)")),
      element("td", { dir: "ltr" }, typeOf(field)),
      element("td", { dir: "auto" }, field.description ?? "")));
  return element("table", {}, element("tbody", {}, ...rows));
}

function shapes(content, schemas) {
  return Object.entries(content ?? {}).flatMap(([kind, { schema }]) => {
    const name = schema?.$ref?.split("/").pop();
    const resolved = name ? schemas[name] : schema;
    return [element("p", { class: "quiet" }, kind, " ", element("code", {}, typeOf(schema))),
      resolved?.properties ? fields(resolved) : ""];
  });
}

function needs(operation) {
  const scopes = (operation.security ?? []).flatMap((one) => Object.values(one).flat());
  if (scopes.length > 0) return `Needs the scope ${[...new Set(scopes)].join(", ")}.`;
  return operation.security?.length ? "Needs a key or a session." : "Open to everybody.";
}

function route(path, method, operation, schemas) {
  const parameters = (operation.parameters ?? []).map((parameter) =>
    element("tr", {}, element("td", {}, element("code", {}, parameter.name)), element("td", {}, parameter.in),
      element("td", {}, typeOf(parameter.schema)), element("td", { dir: "auto" }, parameter.description ?? "")));
  const answers = Object.entries(operation.responses ?? {}).map(([status, answer]) =>
    element("div", {}, element("h4", {}, status, " ", element("span", { dir: "auto" }, answer.description ?? "")),
      ...shapes(answer.content, schemas)));
  return element("details", { id: operation.operationId ?? "" },
    element("summary", {}, element("span", { class: "method" }, method.toUpperCase()),
      element("span", { class: "path" }, path), " ", element("span", { class: "quiet", dir: "auto" }, operation.summary ?? "")),
    element("div", {}, element("p", { dir: "auto" }, operation.description ?? ""), element("p", { class: "quiet" }, needs(operation)),
      parameters.length ? element("table", {}, element("tbody", {}, ...parameters)) : "",
      ...(operation.requestBody ? [element("h4", {}, "Body"), ...shapes(operation.requestBody.content, schemas)] : []),
      ...answers));
}

async function show() {
  const answer = await fetch("/api/v1/openapi.json");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const described = await answer.json();
  const schemas = described.components?.schemas ?? {};
  const tags = new Map();
  for (const [path, item] of Object.entries(described.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      const tag = operation.tags?.[0] ?? "other";
      tags.set(tag, [...(tags.get(tag) ?? []), route(path, method, operation, schemas)]);
    }
  }
  document.getElementById("about").textContent = described.info.description ?? "";
  document.getElementById("contents").replaceChildren(element("ul", {},
    ...[...tags.keys()].map((tag) => element("li", {}, element("a", { href: `#${tag}` }, tag)))));
  document.getElementById("routes").replaceChildren(
    ...[...tags].flatMap(([tag, routes]) => [element("h2", { id: tag }, tag), ...routes]));
}

show().catch((error) => {
  document.getElementById("routes").textContent = `The document cannot be shown: ${error.message}`;
});
