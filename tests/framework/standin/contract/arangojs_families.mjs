// The official JavaScript driver, family by family; prints one line of JSON per family: {"family", "error"}.
//   node arangojs_families.mjs <folder with node_modules> <port> <prefix of names>
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const [folder, port, prefix] = process.argv.slice(2);
const driver = await import(pathToFileURL(join(folder, "node_modules/arangojs/esm/index.js")).href);
const { Database, aql } = driver;
const system = new Database({ url: `http://127.0.0.1:${port}`, auth: { username: "root", password: "" } });

const families = {
  databases: async () => {
    const made = await system.createDatabase(`${prefix}_db`);
    assert.equal(await made.exists(), true);
    await system.dropDatabase(`${prefix}_db`);
    assert.equal(await made.exists(), false);
  },
  documents: async () => {
    const collection = await system.createCollection(`${prefix}_documents`);
    const saved = await collection.save({ _key: "a", n: 1 }, { returnNew: true });
    assert.equal(saved.new.n, 1);
    await assert.rejects(collection.save({ _key: "a" }), (error) => error.errorNum === 1210);
    await collection.update("a", { m: 2 });
    assert.equal((await collection.document("a")).m, 2);
    const imported = await collection.import([{ _key: "b" }, { _key: "b" }], { details: true });
    assert.deepEqual([imported.created, imported.errors], [1, 1]);
    await collection.drop();
  },
  queries: async () => {
    const collection = await system.createCollection(`${prefix}_queries`);
    await collection.saveAll([...Array(30).keys()].map((n) => ({ n })));
    const cursor = await system.query(aql`FOR d IN ${collection} FILTER d.n >= ${10} SORT d.n RETURN d.n`, { batchSize: 7 });
    assert.deepEqual(await cursor.all(), [...Array(20).keys()].map((n) => n + 10));
    await assert.rejects(system.query("FOR"), (error) => error.errorNum === 1501);
    await collection.drop();
  },
  transactions: async () => {
    const collection = await system.createCollection(`${prefix}_transactions`);
    const transaction = await system.beginTransaction({ write: [collection] });
    await transaction.step(() => collection.save({ _key: "a" }));
    assert.equal(await collection.documentExists("a"), false);
    await transaction.commit();
    assert.equal(await collection.documentExists("a"), true);
    await collection.drop();
  },
  graphs: async () => {
    const graph = system.graph(`${prefix}_graph`);
    await graph.create([{ collection: `${prefix}_knows`, from: [`${prefix}_people`], to: [`${prefix}_people`] }]);
    const people = graph.vertexCollection(`${prefix}_people`);
    const [a, b] = [await people.save({ _key: "a" }), await people.save({ _key: "b" })];
    await graph.edgeCollection(`${prefix}_knows`).save({ _from: a.vertex?._id ?? a._id, _to: b.vertex?._id ?? b._id });
    const query = aql`FOR v IN 1..1 OUTBOUND ${`${prefix}_people/a`} GRAPH ${graph.name} RETURN v._key`;
    assert.deepEqual(await (await system.query(query)).all(), ["b"]);
    await graph.drop(true);
  },
  indexes: async () => {
    const collection = await system.createCollection(`${prefix}_indexes`);
    const index = await collection.ensureIndex({ type: "persistent", fields: ["value"], unique: true });
    assert.equal(index.isNewlyCreated, true);
    assert.equal((await collection.ensureIndex({ type: "persistent", fields: ["value"], unique: true })).isNewlyCreated, false);
    await collection.dropIndex(index);
    await collection.drop();
  },
  views: async () => {
    const view = await system.createView(`${prefix}_view`, { type: "arangosearch" });
    assert.equal((await view.properties()).type, "arangosearch");
    await view.drop();
  },
};

for (const [family, run] of Object.entries(families)) {
  let error = null;
  try {
    await run();
  } catch (caught) {
    error = String(caught?.stack ?? caught);
  }
  console.log(JSON.stringify({ family, error }));
}
