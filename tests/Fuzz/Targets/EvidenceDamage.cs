using System.Text.Json.Nodes;

namespace AzImageTools.Fuzz.Targets;

/// <summary>Damages evidence so that it stays JSON: values and names give way to others that readers get wrong.</summary>
internal static class EvidenceDamage
{
    private const int LargestDamageCount = 3;

    private static readonly string[] Literals =
    [
        "null", "true", "false", "0", "-1", "4", "7", "1.5", "1e300", "4294967295", "4294967296", "9223372036854775807", "\"\"", "\"*\"", "\"x\"", "\"4\"",
        "\"10240\"", "\"99999999999\"", "\"\\u0000\"", "\"\\u202e\"", "\"IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\"", "\"..\\\\..\\\\x\"", "\"9999-99-99\"",
        "[]", "{}", "[null]", "[[]]", "[\"\",\"\"]", "{\"base64\":\"/+8=\"}", "{\"base64\":\"?\"}", "{\"binary\":\"\"}", "{\"qword\":\"-1\"}", "{\"unreadable\":\"x\"}",
        "{\"folder\":true,\"link\":true}", "{\"length\":9223372036854775807,\"link\":true}", "{\"lines\":[]}", "{\"names\":\"\"}",
    ];

    private static readonly string[] Names = ["", "\\", "/", "etc", "boot", "etc/fstab", "lines", "bytes", "unreadable", "folder", "SYSTEM", "SYSTEM\\Setup", "lib/modules", "etc/ssh"];

    /// <summary>A damaged copy.</summary>
    public static string Damage(string json, FuzzRandom random)
    {
        JsonNode root = JsonNode.Parse(json)!;
        int count = 1 + random.Below(LargestDamageCount);
        for (int number = 0; number < count; number++)
        {
            // Down to a node, a level a step; shallow ones are what everything hangs on.
            JsonNode? parent = root;
            while (parent is not null)
            {
                JsonNode? child = parent is JsonObject { Count: > 0 } table ? table.ElementAt(random.Below(table.Count)).Value
                    : parent is JsonArray { Count: > 0 } list ? list[random.Below(list.Count)]
                    : null;
                if (child is not (JsonObject or JsonArray) || random.OneIn(6))
                {
                    Change(parent, random);
                    break;
                }

                parent = child;
            }
        }

        return root.ToJsonString();
    }

    private static void Change(JsonNode parent, FuzzRandom random)
    {
        JsonNode? value = random.OneIn(40) ? JsonValue.Create(new string(random.OneIn(2) ? '*' : '\\', 1 + random.Below(3000))) : JsonNode.Parse(random.Pick(Literals));
        if (parent is JsonArray list)
        {
            if (list.Count > 0 && !random.OneIn(3))
            {
                list[random.Below(list.Count)] = value;
            }
            else
            {
                list.Add(value);
            }
        }
        else if (parent is JsonObject table)
        {
            string name = table.Count > 0 ? table.ElementAt(random.Below(table.Count)).Key : string.Empty;
            switch (random.Below(4))
            {
                case 0:
                    table.Remove(name);
                    break;
                case 1:
                    table[random.Pick(Names)] = value;
                    break;
                default:
                    table[name] = value;
                    break;
            }
        }
    }
}
