using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;

namespace AzImageTools.Services.Tests.Session;

/// <summary>The sandbox holds API versions against Azure's own types, and tells those that it takes.</summary>
public sealed class ApiVersionTests
{
    private const string Gallery = "/resourceGroups/sandbox-rg/providers/Microsoft.Compute/galleries/sandboxGallery";

    /// <summary>Where each version is asked with.</summary>
    private static readonly Dictionary<string, string> Paths = new()
    {
        [nameof(ApiVersions.Disks)] = "/providers/Microsoft.Compute/snapshots",
        [nameof(ApiVersions.GalleryVersions)] = $"{Gallery}/images/ubuntu/versions",
        [nameof(ApiVersions.Graph)] = "/providers/Microsoft.ResourceGraph/resources",
        [nameof(ApiVersions.Groups)] = "/resourceGroups/sandbox-rg",
        [nameof(ApiVersions.ImageFeatures)] = $"{Gallery}/images/ubuntu",
        [nameof(ApiVersions.Locks)] = "/providers/Microsoft.Authorization/locks",
        [nameof(ApiVersions.Machines)] = "/providers/Microsoft.Compute/virtualMachines",
        [nameof(ApiVersions.Marketplace)] = "/providers/Microsoft.Compute/locations/westeurope/publishers",
        [nameof(ApiVersions.MarketplaceTerms)] = "/providers/Microsoft.MarketplaceOrdering/offerTypes/VirtualMachine/publishers/cognosys/offers/rocky-linux-9/plans/rocky-linux-9/agreements/current",
        [nameof(ApiVersions.Networks)] = "/providers/Microsoft.Network/virtualNetworks",
        [nameof(ApiVersions.Permissions)] = $"{Gallery}/providers/Microsoft.Authorization/permissions",
        [nameof(ApiVersions.PolicyRestrictions)] = "/resourceGroups/sandbox-rg/providers/Microsoft.PolicyInsights/checkPolicyRestrictions",
        [nameof(ApiVersions.SharedGalleries)] = "/providers/Microsoft.Compute/locations/westeurope/sharedGalleries",
        [nameof(ApiVersions.SoftDelete)] = $"{Gallery}/softDeletedArtifactTypes/Images/artifacts/ubuntu/versions",
        [nameof(ApiVersions.StorageAccounts)] = "/providers/Microsoft.Storage/storageAccounts",
        [nameof(ApiVersions.WholeDisks)] = "/providers/Microsoft.Compute/disks",
        [nameof(ApiVersions.WholeMachines)] = "/providers/Microsoft.Compute/restorePointCollections",
    };

    public static TheoryData<string, string> Versions => [.. typeof(ApiVersions).GetFields(BindingFlags.Public | BindingFlags.Static).Where(one => one.IsLiteral).Select(one => (one.Name, (string)one.GetRawConstantValue()!))];

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Each_version_is_one_that_Azure_has_for_what_is_asked(string name, string version)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        Assert.Null(await AskAsync(sandbox, Paths[name], version));

        string? refusal = name switch
        {
            // Who may do what is told before versions are looked at.
            nameof(ApiVersions.Permissions) or nameof(ApiVersions.PolicyRestrictions) => null,
            nameof(ApiVersions.Groups) => "InvalidApiVersionParameter",
            _ => "NoRegisteredProviderFound",
        };
        Assert.Equal(refusal, await AskAsync(sandbox, Paths[name], "2022-03-32"));
    }

    private static async Task<string?> AskAsync(SandboxSession sandbox, string path, string version)
    {
        using HttpClient client = sandbox.CreateClient();
        bool isQuery = path == Paths[nameof(ApiVersions.Graph)];
        string scope = isQuery ? string.Empty : $"/subscriptions/{sandbox.Session.Context.SubscriptionId}";
        Uri address = new($"https://management.azure.com{scope}{path}?api-version={version}");
        using HttpResponseMessage response = isQuery || path.EndsWith("Restrictions", StringComparison.Ordinal)
            ? await client.PostAsync(address, new StringContent(isQuery ? """{"query":"Resources | take 1"}""" : "{}"))
            : await client.GetAsync(address);
        return response.StatusCode == HttpStatusCode.OK ? null : (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"];
    }
}
