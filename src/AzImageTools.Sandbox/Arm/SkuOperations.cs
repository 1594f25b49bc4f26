using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Access;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a subscription may have in a region: Microsoft.Compute/skus, locations/usages, and locations/vmSizes, which is never paged.</summary>
internal sealed class SkuOperations(ArmStore store, CoreQuota quota)
{
    private const string All = "Microsoft.Compute/skus";
    private const string Sizes = "Microsoft.Compute/locations/vmSizes";
    private const string Usages = "Microsoft.Compute/locations/usages";

    private static readonly Regex LocationFilter = new("^\\s*location\\s+eq\\s+'(?<region>[^']*)'\\s*$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <returns>The answer; null where the path is none of these.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
        => request.Method is not "GET" || request.HasName ? null
            : JsonReading.Same(request.Type, All) ? ListSkus(request)
            : JsonReading.Same(request.Type, Sizes) ? ArmReply.List(Offered(request.Names[0]).Select(DescribeSize))
            : JsonReading.Same(request.Type, Usages) ? ListPage.Of(request, store.Cloud.Options, ListUsages(request.SubscriptionId, request.Names[0]), usage => usage.Text("name", "value")!)
            : null;

    /// <summary>An entry of vmSizes.</summary>
    public static JsonObject DescribeSize(MachineSku sku) => new JsonObject
    {
        ["name"] = sku.Name,
        ["numberOfCores"] = sku.Cores,
        ["osDiskSizeInMB"] = 1_047_552,
        ["resourceDiskSizeInMB"] = sku.TemporaryDiskInMib,
        ["memoryInMB"] = sku.MemoryInGib * 1024,
        ["maxDataDiskCount"] = sku.DataDisks,
    };

    /// <summary>The sizes that the subscription can have in a region.</summary>
    public static IEnumerable<MachineSku> Offered(string region) => Skus.Machines.Where(sku => !sku.Restricted.Contains(region, StringComparer.OrdinalIgnoreCase));

    private HttpResponseMessage ListSkus(ArmRequest request)
    {
        IEnumerable<string> regions = Regions.All.Select(region => region.Name);
        if (request.Http.QueryValue("$filter") is { Length: > 0 } filter)
        {
            var match = LocationFilter.Match(filter);
            if (!match.Success)
            {
                throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The filter '" + filter + "' is not supported. Only filtering by location is: location eq '<region>'.");
            }

            var wanted = match.Groups["region"].Value.Replace(" ", "");
            regions = regions.Where(region => JsonReading.Same(region, wanted));
        }

        return ListPage.Of(request, store.Cloud.Options, regions.SelectMany(region => Skus.Disks.Select(sku => DescribeDisk(sku, region))
            .Concat(Skus.Machines.Select(sku => DescribeMachine(sku, region)))
            .Concat(Skus.Snapshots.Select(sku => Describe("snapshots", sku.Name, sku.Tier, region, [], [])))), KeyOf);
    }

    private static string KeyOf(JsonNode sku) => string.Join("/", sku.Text("resourceType"), sku["locations"]![0]!.GetValue<string>(), sku.Text("name"), sku.Text("size"));

    private static JsonObject DescribeMachine(MachineSku sku, string region)
    {
        var capabilities = new List<(string Name, string Value)>
        {
            ("MaxResourceVolumeMB", Text(sku.TemporaryDiskInMib)),
            ("OSVhdSizeMB", "1047552"),
            ("vCPUs", Text(sku.Cores)),
            ("MemoryPreservingMaintenanceSupported", Text(sku.ConfidentialType is null)),
            ("HyperVGenerations", string.Join(",", sku.Generations)),
            ("DiskControllerTypes", string.Join(",", sku.Controllers)),
            ("MemoryGB", Text(sku.MemoryInGib)),
            ("MaxDataDiskCount", Text(sku.DataDisks)),
            ("CpuArchitectureType", sku.Architecture),
            ("LowPriorityCapable", "True"),
            ("PremiumIO", Text(sku.HasPremium)),
            ("VMDeploymentTypes", "IaaS"),
            ("vCPUsAvailable", Text(sku.Cores)),
            ("EphemeralOSDiskSupported", Text(sku.TemporaryDiskInMib > 0)),
            ("EncryptionAtHostSupported", Text(sku.ConfidentialType is null)),
            ("AcceleratedNetworkingEnabled", Text(sku.IsAccelerated)),
            ("RdmaEnabled", "False"),
            ("MaxNetworkInterfaces", Text(sku.NetworkInterfaces)),
        };
        if (!sku.HasTrustedLaunch)
        {
            capabilities.Add(("TrustedLaunchDisabled", "True"));
        }

        if (sku.ConfidentialType is { } type)
        {
            capabilities.Add(("ConfidentialComputingType", type));
        }

        var item = Describe("virtualMachines", sku.Name, "Standard", region, capabilities, sku.Restricted);
        item["size"] = sku.Name.Substring("Standard_".Length);
        item["family"] = sku.Family;
        return item;
    }

    private static JsonObject DescribeDisk(DiskSku sku, string region)
    {
        var item = Describe(
            "disks",
            sku.Name,
            sku.Tier,
            region,
            [
                ("MaxSizeGiB", Text(sku.LargestInGib)),
                ("MinSizeGiB", Text(sku.SmallestInGib)),
                ("MaxIOps", Text(sku.OperationsPerSecond)),
                ("MaxBandwidthMBps", Text(sku.MegabytesPerSecond)),
            ],
            []);
        item["size"] = sku.Size;
        return item;
    }

    private static JsonObject Describe(
        string type, string name, string tier, string region, IEnumerable<(string Name, string Value)> capabilities, IReadOnlyList<string> restricted)
    {
        var closed = restricted.Where(place => place.StartsWith(region + "/", StringComparison.OrdinalIgnoreCase)).Select(place => place.Substring(region.Length + 1)).ToArray();
        var restrictions = new JsonArray();
        if (restricted.Contains(region, StringComparer.OrdinalIgnoreCase))
        {
            restrictions.Add(Restriction("Location", region, Regions.Zones));
            restrictions.Add(Restriction("Zone", region, Regions.Zones));
        }
        else if (closed.Length > 0)
        {
            restrictions.Add(Restriction("Zone", region, closed));
        }

        return new JsonObject
        {
            ["resourceType"] = type,
            ["name"] = name,
            ["tier"] = tier,
            ["locations"] = new JsonArray(region),
            ["locationInfo"] = new JsonArray(new JsonObject { ["location"] = region, ["zones"] = Texts(Regions.Zones), ["zoneDetails"] = new JsonArray() }),
            ["capabilities"] = new JsonArray([.. capabilities.Select(pair => new JsonObject { ["name"] = pair.Name, ["value"] = pair.Value })]),
            ["restrictions"] = restrictions,
        };
    }

    private static JsonObject Restriction(string type, string region, IReadOnlyList<string> zones)
    {
        var info = new JsonObject { ["locations"] = new JsonArray(region) };
        if (type is "Zone")
        {
            info["zones"] = Texts(zones);
        }

        return new JsonObject
        {
            ["type"] = type,
            ["values"] = new JsonArray(region),
            ["restrictionInfo"] = info,
            ["reasonCode"] = "NotAvailableForSubscription",
        };
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool flag) => flag ? "True" : "False";

    private IEnumerable<JsonObject> ListUsages(string subscriptionId, string region)
    {
        var machines = store.List(MachinesType.Name, subscriptionId).Count(machine => JsonReading.Same(machine.Location, region));
        var used = quota.Used(subscriptionId, region);
        yield return Usage("availabilitySets", "Availability Sets", 0, 2500);
        yield return Usage("cores", "Total Regional vCPUs", used.Values.Sum(), quota.Limit);
        yield return Usage("virtualMachines", "Virtual Machines", machines, 25_000);
        yield return Usage("virtualMachineScaleSets", "Virtual Machine Scale Sets", 0, 2500);
        foreach (var family in Skus.Machines.Select(sku => sku.Family).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            // standardDSv5Family is shown as Standard DSv5 Family vCPUs.
            var series = family.Substring("standard".Length, family.Length - "standardFamily".Length);
            yield return Usage(family, "Standard " + series + " Family vCPUs", used.TryGetValue(family, out var cores) ? cores : 0, quota.Limit);
        }
    }

    private static JsonObject Usage(string name, string display, int current, int limit) => new JsonObject
    {
        ["limit"] = limit,
        ["unit"] = "Count",
        ["currentValue"] = current,
        ["name"] = new JsonObject { ["value"] = name, ["localizedValue"] = display },
    };
}
