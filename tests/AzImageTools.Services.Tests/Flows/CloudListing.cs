using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Azure.Core;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>All that a cloud holds, each thing by its id: documents of resources and groups with their states, blobs with what they were given.</summary>
internal sealed partial class CloudListing
{
    /// <summary>How each type is asked for: its version, and what lies in it.</summary>
    private static readonly Dictionary<string, (string Version, string[] Nested)> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Microsoft.Compute/virtualMachines"] = ("2023-07-01&$expand=instanceView", ["extensions", "runCommands"]),
        ["Microsoft.Compute/virtualMachines/extensions"] = ("2023-07-01", []),
        ["Microsoft.Compute/virtualMachines/runCommands"] = ("2023-07-01", []),
        ["Microsoft.Compute/virtualMachineScaleSets"] = ("2023-07-01", []),
        ["Microsoft.Compute/disks"] = ("2023-04-02", []),
        ["Microsoft.Compute/diskAccesses"] = ("2023-04-02", []),
        ["Microsoft.Compute/diskEncryptionSets"] = ("2023-04-02", []),
        ["Microsoft.Compute/snapshots"] = ("2023-04-02", []),
        ["Microsoft.Compute/images"] = ("2023-07-01", []),
        ["Microsoft.Compute/galleries"] = ("2022-03-03", ["images"]),
        ["Microsoft.Compute/galleries/images"] = ("2022-03-03", ["versions"]),
        ["Microsoft.Compute/galleries/images/versions"] = ("2022-03-03", []),
        ["Microsoft.Compute/restorePointCollections"] = ("2023-07-01&$expand=restorePoints", []),
        ["Microsoft.Network/networkInterfaces"] = ("2025-05-01", []),
        ["Microsoft.Network/networkSecurityGroups"] = ("2025-05-01", []),
        ["Microsoft.Network/publicIPAddresses"] = ("2025-05-01", []),
        ["Microsoft.Network/virtualNetworks"] = ("2025-05-01", []),
        ["Microsoft.Storage/storageAccounts"] = ("2022-09-01", []),
    };

    private readonly SortedDictionary<string, string> _things = new(StringComparer.OrdinalIgnoreCase);

    private CloudListing()
    {
    }

    public IReadOnlyDictionary<string, string> Things => _things;

    /// <summary>Lists a cloud.</summary>
    /// <param name="client">Asks it, with a token.</param>
    /// <param name="subscription">The subscription's id.</param>
    public static async Task<CloudListing> ReadAsync(HttpClient client, string subscription)
    {
        CloudListing listing = new();
        foreach (JsonNode group in await ListAsync(client, $"/subscriptions/{subscription}/resourcegroups", "2021-04-01"))
        {
            listing.Add(group);
        }

        // Of some types the general list tells what lies in another resource too: that comes by its parent.
        foreach (JsonNode resource in await ListAsync(client, $"/subscriptions/{subscription}/resources", "2021-04-01"))
        {
            string type = (string)resource["type"]!;
            if (type.Count(letter => letter == '/') == 1 && await FindAsync(client, (string)resource["id"]!, type) is { } document)
            {
                listing.Add(document);
                await listing.AddNestedAsync(client, document, type);
            }
        }

        return listing;
    }

    /// <summary>Where a resource is asked for.</summary>
    public static string AddressOf(string id)
    {
        ResourceIdentifier parsed = new(id);
        return $"https://management.azure.com{id}?api-version={Types[parsed.ResourceType.ToString()].Version.Split('&')[0]}";
    }

    /// <summary>The ids of what differs between two listings of one cloud.</summary>
    public IReadOnlyList<string> ChangesTo(CloudListing later)
        => [.. _things.Keys.Union(later._things.Keys, StringComparer.OrdinalIgnoreCase)
            .Where(id => !_things.TryGetValue(id, out string? before) || !later._things.TryGetValue(id, out string? after) || before != after)];

    /// <summary>What is there without what differs from cloud to cloud and from run to run: chosen ids, times, names that hold them.</summary>
    public IReadOnlyList<string> Normalized() => [.. _things.Select(thing => Normalize($"{thing.Key} {thing.Value}")).Order(StringComparer.Ordinal)];

    /// <summary>A text without ids that are chosen anew, and without times.</summary>
    public static string Normalize(string text)
    {
        text = text.Replace("<LeaseState>expired</LeaseState>", "<LeaseState>available</LeaseState>", StringComparison.Ordinal);
        text = PackedModel().Replace(text, "$1:\"MODEL\"");
        text = Identifier().Replace(text, match => match.Value.StartsWith("5a4db0c5", StringComparison.Ordinal) ? match.Value : "GUID");
        return Stamp().Replace(Hexadecimal().Replace(Time().Replace(text, "TIME"), "HEX"), "STAMP");
    }

    private void Add(JsonNode document) => _things[(string)document["id"]!] = ViewTime().Replace(document.ToJsonString(), string.Empty);

    private async Task AddNestedAsync(HttpClient client, JsonNode parent, string type)
    {
        foreach (string nested in Types[type].Nested)
        {
            foreach (JsonNode item in await ListAsync(client, $"{parent["id"]}/{nested}", Types[type].Version.Split('&')[0]))
            {
                Add(item);
                await AddNestedAsync(client, item, $"{type}/{nested}");
            }
        }

        // What is being made goes on while it is asked for.
        foreach (JsonNode? point in parent["properties"]?["restorePoints"]?.AsArray() ?? [])
        {
            (await client.GetAsync(new Uri($"https://management.azure.com{point!["id"]}?api-version=2023-07-01"))).Dispose();
        }

        if (type == "Microsoft.Storage/storageAccounts")
        {
            await AddBlobsAsync(client, $"https://{parent["name"]}.blob.core.windows.net");
        }
    }

    private async Task AddBlobsAsync(HttpClient client, string account)
    {
        foreach (string container in await NamesAsync(client, $"{account}/?comp=list", "Container"))
        {
            string address = $"{account}/{container.Split('\n')[0]}";
            _things[address] = string.Empty;
            foreach (string blob in await NamesAsync(client, $"{address}?restype=container&comp=list&include=metadata,snapshots,uncommittedblobs", "Blob"))
            {
                _things[$"{address}/{blob.Split('\n')[0]}"] = blob;
            }
        }
    }

    private static async Task<IReadOnlyList<string>> NamesAsync(HttpClient client, string address, string element)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.Add("x-ms-version", "2023-11-03");
        using HttpResponseMessage answer = await client.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        XDocument list = XDocument.Parse(await answer.Content.ReadAsStringAsync());
        return [.. list.Descendants(element).Select(item => $"{item.Element("Name")!.Value}\n{item}")];
    }

    private static async Task<JsonNode?> FindAsync(HttpClient client, string id, string type)
    {
        if (!Types.TryGetValue(type, out (string Version, string[] Nested) how))
        {
            throw new InvalidOperationException($"{nameof(CloudListing)} does not know {type}: it needs a row.");
        }

        using HttpResponseMessage answer = await client.GetAsync(new Uri($"https://management.azure.com{id}?api-version={how.Version}"));

        // What is being deleted may have gone since.
        return answer.StatusCode == HttpStatusCode.NotFound ? null : JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync());
    }

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(HttpClient client, string path, string version)
    {
        List<JsonNode> found = [];
        for (string? page = $"https://management.azure.com{path}?api-version={version}"; page is not null;)
        {
            JsonNode answer = JsonNode.Parse(await client.GetStringAsync(new Uri(page)))!;
            found.AddRange(answer["value"]!.AsArray().Select(item => item!));
            page = (string?)answer["nextLink"];
        }

        return found;
    }

    /// <summary>A machine's view tells when it was asked, a disk when its machine was stopped or started last: that stays when it is undone.</summary>
    [GeneratedRegex("\"time\":\"[^\"]*\"|,\"LastOwnershipUpdateTime\":\"[^\"]*\"")]
    private static partial Regex ViewTime();

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", RegexOptions.IgnoreCase)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+]\d\d:\d\d|\\u002B\d\d:\d\d)|\w{3}, \d\d \w{3} \d{4} [0-9:]+ GMT")]
    private static partial Regex Time();

    [GeneratedRegex(@"(\d{8}-?\d{6})?-[0-9a-f]{4}(?![\w-])|\d{8}-?\d{6}")]
    private static partial Regex Stamp();

    /// <summary>A backup's model holds the time and chosen ids.</summary>
    [GeneratedRegex("(\"azimagetools-model[-0-9]*\"):\"[^\"]*\"")]
    private static partial Regex PackedModel();

    [GeneratedRegex("0x[0-9A-F]{10,}|[0-9a-f]{16,}")]
    private static partial Regex Hexadecimal();
}
