using System.Globalization;
using System.Text.Json;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>An image definition of a community or shared gallery, as its listing describes it.</summary>
internal sealed record SharedGalleryImage
{
    public required ImageSourceKind Kind { get; init; }

    public required string GalleryName { get; init; }

    public required string Name { get; init; }

    public string? OsType { get; private init; }

    public OsState OsState { get; private init; }

    public string? HyperVGeneration { get; private init; }

    public string? Architecture { get; private init; }

    public required string SecurityType { get; init; }

    public string? Controllers { get; private init; }

    public ImagePlan? Plan { get; private init; }

    public DateTimeOffset? EndOfLife { get; private init; }

    /// <summary>The definition in an entry of a listing; null if it has no name.</summary>
    public static SharedGalleryImage? From(ImageSourceKind kind, string galleryName, JsonElement entry) => ArmDocuments.Text(entry, "name") is not { } name ? null : new SharedGalleryImage
    {
        Kind = kind,
        GalleryName = galleryName,
        Name = name,
        OsType = ArmDocuments.Text(entry, "properties", "osType"),
        OsState = string.Equals(ArmDocuments.Text(entry, "properties", "osState"), "Specialized", StringComparison.OrdinalIgnoreCase) ? OsState.Specialized : OsState.Generalized,
        HyperVGeneration = ArmDocuments.Text(entry, "properties", "hyperVGeneration"),
        Architecture = ArmDocuments.Text(entry, "properties", "architecture"),
        SecurityType = Feature(entry, "SecurityType") ?? SecurityTypes.Standard,
        Controllers = Feature(entry, ControllerNames.Feature),
        Plan = ArmDocuments.Text(entry, "properties", "purchasePlan", "name") is not { } plan ? null : new ImagePlan(
            plan,
            ArmDocuments.Text(entry, "properties", "purchasePlan", "product") ?? string.Empty,
            ArmDocuments.Text(entry, "properties", "purchasePlan", "publisher") ?? string.Empty),
        EndOfLife = Date(entry, "endOfLifeDate"),
    };

    /// <summary>A version's number in an entry of a listing; null if it has none.</summary>
    public static string? NumberOf(JsonElement version) => ArmDocuments.Text(version, "name");

    /// <summary>Whether a version's owner keeps it from being the latest.</summary>
    public static bool IsExcludedFromLatest(JsonElement version) => Flag(version, "properties", "excludeFromLatest");

    /// <summary>Whether an entry says yes to something.</summary>
    public static bool Flag(JsonElement entry, params string[] path)
    {
        foreach (string name in path)
        {
            if (entry.ValueKind != JsonValueKind.Object || !entry.TryGetProperty(name, out entry))
            {
                return false;
            }
        }

        return entry.ValueKind == JsonValueKind.True;
    }

    /// <summary>A version of the definition as a source.</summary>
    public ImageSource ToSource(JsonElement version, AzureLocation location)
    {
        string number = NumberOf(version) ?? string.Empty;
        string kind = Kind == ImageSourceKind.CommunityGallery ? "CommunityGalleries" : "SharedGalleries";
        int dataDisks = ArmDocuments.Items(version, "properties", "storageProfile", "dataDiskImages").Count();
        return new ImageSource
        {
            Kind = Kind,
            Id = ArmDocuments.Text(version, "identifier", "uniqueId") ?? $"/{kind}/{GalleryName}/Images/{Name}/Versions/{number}",
            Name = number,
            Location = location.Name,
            Locations = [location.Name],
            GalleryName = GalleryName,
            GalleryImageDefinitionName = Name,
            OsType = OsType,
            Architecture = Architecture,
            HyperVGeneration = HyperVGeneration,
            SecurityType = SecurityType,
            DiskControllerTypes = ControllerNames.Read(Controllers),
            OsState = OsState,
            ImageType = dataDisks > 0 ? ImageType.VmImage : ImageType.OsImage,
            DataDiskCount = dataDisks,
            Plan = Plan,
            EndOfLife = Date(version, "endOfLifeDate") ?? EndOfLife,
            PublishedDate = Date(version, "publishedDate"),
        };
    }

    private static string? Feature(JsonElement entry, string name) => ArmDocuments.Items(entry, "properties", "features")
        .Where(feature => string.Equals(ArmDocuments.Text(feature, "name"), name, StringComparison.OrdinalIgnoreCase))
        .Select(static feature => ArmDocuments.Text(feature, "value")).FirstOrDefault();

    private static DateTimeOffset? Date(JsonElement entry, string name) =>
        DateTimeOffset.TryParse(ArmDocuments.Text(entry, "properties", name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;
}
