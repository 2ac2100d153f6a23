// arangojs against the deployment of the target; node:test writes the test.xml whose cases Bazel shows.
const assert = require("node:assert/strict");
const { execFile } = require("node:child_process");
const fs = require("node:fs");
const { after, before, test } = require("node:test");
const { promisify } = require("node:util");
const { Database, aql } = require("arangojs");

const deployment = JSON.parse(fs.readFileSync(process.env.ARMADILLO_DEPLOYMENT, "utf8"));
const database = new Database({
  url: process.env.ARANGO_ENDPOINTS.split(","),
  auth: { username: process.env.ARANGO_USERNAME, password: process.env.ARANGO_PASSWORD },
});
const people = database.collection("people");

before(() => people.create());
after(() => database.close());

test("the server is the one that the target names", async () => {
  assert.equal((await database.version()).version, deployment.facts.version);
});

test("documents are found by a query", async () => {
  await people.saveAll([{ name: "Ada" }, { name: "Grace" }]);
  const cursor = await database.query(aql`FOR p IN ${people} FILTER p.name == ${"Ada"} RETURN p.name`);
  assert.deepEqual(await cursor.all(), ["Ada"]);
});

test("a restart loses nothing", async () => {
  await promisify(execFile)("armadilloctl", ["restart", deployment.servers[0].name]);
  assert.equal((await people.count()).count, 2);
});
