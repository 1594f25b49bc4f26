using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Catalogue;

/// <summary>Galleries of others, found by name: those of the community, and those shared with the subscription.</summary>
internal sealed class PublicGalleries(SandboxOptions options)
{
    private const string Community = "communityGalleries";
    private const string Shared = "sharedGalleries";
    private const string PublishedDate = "2025-03-20T09:12:28Z";
    private const string EndOfLifeDate = "2035-03-20T09:12:28Z";

    private static readonly PublicImage[] CommunityImages =
    [
        new("sandboxcommunity-0a1b2c3d-0000-4000-8000-0000000000c0", "fedora-cloud", "42.20250408.0") { OsType = "Linux" },
    ];

    private static readonly PublicImage[] SharedImages =
    [
        new("0f0f0f0f-0000-4000-8000-0000000000d0-SHAREDGALLERY", "windows-baseline", "1.0.0") { OsType = "Windows", DiskSize = 127 },
        new("0f0f0f0f-0000-4000-8000-0000000000d1-TENANTGALLERY", "rhel-baseline", "2.0.9") { OsType = "Linux", IsOfTenant = true },
        new("0f0f0f0f-0000-4000-8000-0000000000d1-TENANTGALLERY", "rhel-baseline", "2.0.10") { OsType = "Linux", IsOfTenant = true },
    ];

    /// <returns>The answer; null where the path is none of theirs.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        var parts = request.Type.Split('/');
        var isCommunity = parts.Length > 2 && JsonReading.Same(parts[2], Community);
        if (!isCommunity && !(parts.Length > 2 && JsonReading.Same(parts[2], Shared)))
        {
            return null;
        }

        var all = options.Seed ? isCommunity ? CommunityImages : SharedImages : [];
        var names = request.Names;
        var matching = all.Where(image => Matches(1, image.Gallery) && Matches(2, image.Name) && Matches(3, image.Version)).ToList();
        if (names.Count > 1 && matching.Count == 0)
        {
            throw new ArmException(HttpStatusCode.NotFound, "GalleryImageNotFound", "The gallery, image or version '" + string.Join("/", names.Skip(1)) + "' was not found in '" + names[0] + "'.");
        }

        if (parts.Length == 3 && !request.HasName)
        {
            // Without sharedTo only what is shared with the subscription itself is listed (Shared Galleries - List).
            var ofTenant = JsonReading.Same(request.Http.QueryValue("sharedTo"), "tenant");
            matching = [.. matching.Where(image => image.IsOfTenant == ofTenant)];
        }

        var key = (PublicImage image) => parts.Length == 3 ? image.Gallery : parts.Length == 4 ? image.Name : image.Version;
        var items = matching.GroupBy(key, StringComparer.OrdinalIgnoreCase).Select(group => Describe(group.First(), parts.Length, isCommunity)).ToList();
        return request.HasName ? ArmReply.Ok(items[0]) : isCommunity && parts.Length == 3 ? null : ListPage.Of(request, options, items);

        bool Matches(int index, string value) => names.Count <= index || JsonReading.Same(names[index], value);
    }

    /// <summary>The image that a reference of a virtual machine names; <c>latest</c> or no version stands for the newest.</summary>
    public PublicImage? Find(string? communityId, string? sharedId)
    {
        var parts = (communityId ?? sharedId ?? "").Split(['/'], StringSplitOptions.RemoveEmptyEntries);
        if (!options.Seed || parts.Length is not (4 or 6))
        {
            return null;
        }

        return (communityId is null ? SharedImages : CommunityImages).LastOrDefault(image => JsonReading.Same(image.Gallery, parts[1])
            && JsonReading.Same(image.Name, parts[3])
            && (parts.Length == 4 || JsonReading.Same(parts[5], "latest") || JsonReading.Same(parts[5], image.Version)));
    }

    /// <summary>The galleries of the community as Resource Graph has them.</summary>
    public IEnumerable<JsonObject> GraphRows(string subscription) => (options.Seed ? CommunityImages : []).Select(image => image.Gallery).Distinct(StringComparer.OrdinalIgnoreCase).Select(gallery => new JsonObject
    {
        ["id"] = "/subscriptions/" + subscription + "/providers/Microsoft.Compute/Locations/" + options.Location + "/CommunityGalleries/" + gallery,
        ["name"] = gallery,
        ["type"] = "microsoft.compute/locations/communitygalleries",
        ["location"] = options.Location,
        ["subscriptionId"] = subscription,
        ["properties"] = new JsonObject { ["identifier"] = new JsonObject { ["uniqueId"] = "/CommunityGalleries/" + gallery } },
    });

    private JsonObject Describe(PublicImage image, int depth, bool isCommunity)
    {
        var id = (isCommunity ? "/CommunityGalleries/" : "/SharedGalleries/") + image.Gallery;
        var description = new JsonObject { ["location"] = options.Location };
        switch (depth)
        {
            case 3:
                description["name"] = image.Gallery;
                break;
            case 4:
                id += "/Images/" + image.Name;
                description["name"] = image.Name;
                description["properties"] = new JsonObject
                {
                    ["osType"] = image.OsType,
                    ["osState"] = "Generalized",
                    ["hyperVGeneration"] = image.Generation,
                    ["architecture"] = "x64",
                    ["identifier"] = new JsonObject { ["publisher"] = "Sandbox", ["offer"] = image.Name, ["sku"] = "standard" },
                };
                break;
            default:
                id += "/Images/" + image.Name + "/Versions/" + image.Version;
                description["name"] = image.Version;
                description["properties"] = new JsonObject
                {
                    ["publishedDate"] = PublishedDate,
                    ["endOfLifeDate"] = EndOfLifeDate,
                    ["excludeFromLatest"] = false,
                    ["storageProfile"] = new JsonObject { ["osDiskImage"] = new JsonObject { ["diskSizeGB"] = image.DiskSize, ["hostCaching"] = "None" } },
                };
                break;
        }

        description["identifier"] = new JsonObject { ["uniqueId"] = id };
        if (isCommunity)
        {
            description["type"] = "Microsoft.Compute/Locations/CommunityGallery" + (depth == 3 ? "" : depth == 4 ? "Image" : "ImageVersion");
        }

        return description;
    }
}

/// <summary>An image in a gallery of someone else's.</summary>
/// <param name="Gallery">The gallery's public or unique name.</param>
/// <param name="Name">The image's name.</param>
/// <param name="Version">One of its versions, in the order of their numbers.</param>
internal sealed record PublicImage(string Gallery, string Name, string Version)
{
    public required string OsType { get; init; }

    public string Generation { get; init; } = "V2";

    /// <summary>In GiB.</summary>
    public int DiskSize { get; init; } = 30;

    /// <summary>Whether its gallery is shared with the whole tenant rather than with the subscription.</summary>
    public bool IsOfTenant { get; init; }
}
