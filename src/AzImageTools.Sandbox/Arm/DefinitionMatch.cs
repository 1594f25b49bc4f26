using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// Whether a source fits an image definition. Texts are those of https://learn.microsoft.com/azure/virtual-machines/troubleshooting-shared-images,
/// which tells no codes: these are what like errors have, and what hashicorp/packer-plugin-azure#304 and microsoft/STL#4682 met.
/// </summary>
internal static class DefinitionMatch
{
    private const string Target = "galleryImageVersion.properties.storageProfile.source";
    private const string Standard = "Standard";
    private const string Confidential = "ConfidentialVM";

    /// <summary>Refuses sources whose system, state, generation, architecture, plan or security differ from the definition's.</summary>
    /// <param name="id">The source's id.</param>
    /// <param name="source">What it holds; what it does not tell is not compared.</param>
    /// <param name="osState">Generalized or Specialized; null for what has no state.</param>
    /// <param name="definition">The definition.</param>
    public static void Check(string id, DiskSource source, string? osState, ArmResource definition)
    {
        var expected = definition.Properties;
        Compare(id, source.OsType, expected.Text("osType"), "OS type", "OS type generation");
        if (osState is not null && !JsonReading.Same(osState, expected.Text("osState")))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "BadRequest",
                "Cannot create Gallery Image Version from: " + id + " since the OS State in the parent gallery image (" + expected.Text("osState") + ") is not " + osState + ".");
        }

        Compare(id, source.Generation, expected.Text("hyperVGeneration"), "Hypervisor generation");
        Compare(id, source.Architecture, expected.Text("architecture") ?? "x64", "architecture");
        CheckPlan(id, source.Plan, PurchasePlan.Read(expected["purchasePlan"]));
        CheckSecurity(id, source.SecurityType, DefinitionsType.SecurityFeature(definition));
    }

    /// <summary>
    /// Refuses machines, disks and snapshots for definitions that hold no guest state (those that end with Supported), and disks and snapshots
    /// for confidential ones, whose guest state a disk does not have.
    /// </summary>
    /// <param name="id">The source's id.</param>
    /// <param name="isMachine">Whether it is a machine rather than a disk or snapshot.</param>
    /// <param name="definition">The definition.</param>
    public static void CheckKind(string id, bool isMachine, ArmResource definition)
    {
        if (DefinitionsType.SecurityFeature(definition) is { } feature && (IsSupportedOnly(feature) || (!isMachine && JsonReading.Same(feature, Confidential))))
        {
            throw ArmException.InvalidParameter(
                Target,
                "The security type '" + feature + "' is not supported for the source id '" + id
                + "'. Currently only Vhd Blob, User Image and Gallery Image Version sources are supported for '" + feature + "' images.");
        }
    }

    /// <summary>The security type of what is made from a definition; null where the definition leaves it open.</summary>
    public static string? SecurityOf(ArmResource definition)
        => DefinitionsType.SecurityFeature(definition) is { } feature && !IsSupportedOnly(feature) && !JsonReading.Same(feature, Standard) ? feature : null;

    private static bool IsSupportedOnly(string feature) => feature.EndsWith("Supported", StringComparison.OrdinalIgnoreCase);

    private static void CheckSecurity(string id, string? actual, string? feature)
    {
        var needed = feature is null || IsSupportedOnly(feature) ? Standard : feature;
        if (!JsonReading.Same(actual ?? Standard, needed))
        {
            Compare(id, actual ?? Standard, feature ?? Standard, "security type");
        }
    }

    private static void CheckPlan(string id, PurchasePlan? actual, PurchasePlan? expected)
    {
        if (actual is not null && actual != expected)
        {
            throw Conflict(id, "plan", Text(actual), "plan", Text(expected));
        }

        static string Text(PurchasePlan? plan)
            => plan is null ? "null" : new JsonObject { ["name"] = plan.Name, ["publisher"] = plan.Publisher, ["product"] = plan.Product }.ToJsonString();
    }

    private static void Compare(string id, string? actual, string? expected, string what, string? parents = null)
    {
        if (actual is not null && !JsonReading.Same(actual, expected))
        {
            throw Conflict(id, what, actual, parents ?? what, expected);
        }
    }

    private static ArmException Conflict(string id, string what, string actual, string parents, string? expected)
        => ArmException.Conflict("The resource with id '" + id + "' has a different " + what + " ['" + actual + "'] than the parent gallery image " + parents + " ['" + expected + "'].");
}
