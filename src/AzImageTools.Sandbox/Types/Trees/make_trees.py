#!/usr/bin/env python3
"""Makes the trees in this folder from the resource types that Azure/bicep-types-az (MIT) publishes: facts without prose.

usage: make_trees.py TYPES.json...      (as generated/compute_1/microsoft.compute/2023-07-01/types.json; the path tells provider and version)

One file PROVIDER@VERSION.json.gz, and index.json: the versions of each type. A key is TYPE@VERSION for a resource's body, or
TYPE@VERSION:FUNCTION for a function's input and output. A node is "string" | "int" | "bool" | "any" | {"enum": [..]} ("open": true
where a client must expect other text too) | {"array": node} | {"map": node} | {"object": {name: [flags, node]}}
| {"oneOf": {value: node}, "by": property, "object": ..} | {"ref": name} (a type that holds itself).
Flags: r required in requests, o only in answers, w only in requests.
"""
import gzip, json, os, re, sys

KEPT = re.compile(r"""^(
    Microsoft\.Authorization/(locks|roleAssignments|roleDefinitions)
  | Microsoft\.Compute/(availabilitySets|diskAccesses|diskEncryptionSets|disks|galleries|galleries/images|galleries/images/versions|images|snapshots)
  | Microsoft\.Compute/restorePointCollections(/restorePoints(/diskRestorePoints)?)?
  | Microsoft\.Compute/virtualMachines(/extensions|/runCommands)?
  | Microsoft\.Compute/virtualMachineScaleSets
  | Microsoft\.MarketplaceOrdering/.*
  | Microsoft\.Network/(networkInterfaces|networkSecurityGroups|publicIPAddresses|virtualNetworks|virtualNetworks/subnets)
  | Microsoft\.Resources/(deployments|resourceGroups|tags)
  | Microsoft\.Storage/storageAccounts(/blobServices(/containers)?)?
)@""", re.X)
PLAIN = {"StringType": "string", "IntegerType": "int", "BooleanType": "bool", "AnyType": "any"}


def convert(path):
    types = json.load(open(path))

    def node(ref, above):
        index = int(ref["$ref"].split("/")[-1])
        t = types[index]
        kind = t["$type"]
        if kind in PLAIN:
            return PLAIN[kind]
        if kind == "StringLiteralType":
            return {"enum": [t["value"]]}
        if index in above:
            return {"ref": t.get("name", kind)}
        above = above | {index}
        if kind == "UnionType":
            parts = [node(element, above) for element in t["elements"]]
            values = [value for part in parts if isinstance(part, dict) for value in part["enum"]]
            return {"enum": values, **({"open": True} if len(values) < len(parts) else {})}
        if kind == "ArrayType":
            return {"array": node(t["itemType"], above)}
        if kind in ("ObjectType", "DiscriminatedObjectType"):
            properties = t.get("properties") or t.get("baseProperties") or {}
            result = {"object": {name: [flags(p.get("flags", 0)), node(p["type"], above)] for name, p in properties.items()}}
            if t.get("additionalProperties"):
                result["map"] = node(t["additionalProperties"], above)
            if kind == "DiscriminatedObjectType":
                result["by"] = t["discriminator"]
                result["oneOf"] = {value: node(element, above) for value, element in t["elements"].items()}
            return result
        raise ValueError(kind)

    trees = {}
    for t in types:
        if t["$type"] == "ResourceType":
            trees[t["name"]] = t["body"], None
        elif t["$type"] == "ResourceFunctionType":
            trees[f'{t["resourceType"]}@{t["apiVersion"]}:{t["name"]}'] = t["output"], t.get("input")
    return {
        name: node(body, frozenset()) if ":" not in name
        else {"output": node(body, frozenset()), **({"input": node(input, frozenset())} if input else {})}
        for name, (body, input) in trees.items() if KEPT.search(name)
    }


def flags(bits):
    return "".join(letter for bit, letter in ((1, "r"), (2, "o"), (4, "w")) if bits & bit)


folder = os.path.dirname(os.path.abspath(__file__))
files = {}
for source in sys.argv[1:]:  # a provider's types of one version may lie in several folders
    provider, version = source.split(os.sep)[-3:-1]
    files.setdefault(f"{provider}@{version}", {}).update(convert(source))
index = {}
for name, trees in sorted(files.items()):
    with open(os.path.join(folder, name + ".json.gz"), "wb") as file, gzip.GzipFile("", "wb", 9, file, 0) as packed:
        packed.write(json.dumps(trees, separators=(",", ":")).encode())
    for key in trees:
        if ":" not in key:
            type, version = key.split("@")
            index.setdefault(type, []).append(version)
with open(os.path.join(folder, "index.json"), "w") as file:
    file.write("{\n" + ",\n".join(f"  {json.dumps(type)}: {json.dumps(sorted(index[type]))}" for type in sorted(index)) + "\n}\n")
