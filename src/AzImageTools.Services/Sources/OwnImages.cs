using System.Globalization;
using System.Text.Json;
using AzImageTools.Disks.Items;
using AzImageTools.Services.Graph;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Sources;

/// <summary>Finds managed images and the versions of galleries in all subscriptions that the sign-in sees, by one question to Resource Graph.</summary>
internal sealed class OwnImages(ImageSession session, IReadOnlyCollection<ImageSourceKind> kinds, ImageSourceFilter filter, SoughtNames sought)
{
    private const string ImageType = "microsoft.compute/images";
    private const string DefinitionType = "microsoft.compute/galleries/images";
    private const string VersionType = "microsoft.compute/galleries/images/versions";

    private readonly Dictionary<string, OwnDefinition> _definitions = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ImageSource> _images = [];

    /// <summary>The images that the filter names: managed images first, then versions by gallery and definition.</summary>
    /// <exception cref="ImageServiceException">Resource Graph refused or could not be reached.</exception>
    public async Task<IReadOnlyList<ImageSource>> FindAsync(OperationContext context)
    {
        List<string> types = [];
        if (kinds.Contains(ImageSourceKind.ManagedImage))
        {
            types.Add(ImageType);
        }

        if (kinds.Contains(ImageSourceKind.Gallery))
        {
            types.AddRange([DefinitionType, VersionType]);
        }

        string query = $"Resources | where type in~ ({string.Join(", ", types.Select(ResourceGraph.Quote))}) | project id, name, type, location, resourceGroup, subscriptionId, properties, tags | order by id asc";
        ResourceGraph graph = new(session);
        await foreach (JsonElement row in graph.RowsAsync(query, "Listing images and galleries", context).ConfigureAwait(false))
        {
            Take(row);
        }

        foreach (string hidden in await graph.HiddenSubscriptionsAsync(context).ConfigureAwait(false))
        {
            context.Log.Warning($"Subscription {hidden} is not looked through: the sign-in may not read it.");
        }

        return [.. _images, .. _definitions.Values.OrderBy(static definition => definition.Order, StringComparer.OrdinalIgnoreCase).SelectMany(VersionsOf)];
    }

    private static string? Text(JsonElement row, params string[] path) => ArmDocuments.Text(row, path);

    private void Take(JsonElement row)
    {
        if (Text(row, "id") is not { } id || Text(row, "name") is not { } name || Text(row, "type") is not { } type)
        {
            return;
        }

        switch (type.ToLowerInvariant())
        {
            case ImageType:
                sought.Meet(SoughtPart.Name, name);
                if (ImageSourceFilter.PatternOf(filter.Name).Matches(name) && IsMade(row) && IsIn(Text(row, "location")))
                {
                    _images.Add(ImageOf(row, id, name));
                }

                break;
            case DefinitionType:
                DefinitionOf(id).Read(row);
                sought.Meet(SoughtPart.Name, name);
                sought.Meet(SoughtPart.Gallery, GalleryOf(id));
                break;
            case VersionType:
                sought.Meet(SoughtPart.Version, name);
                if (IsMade(row))
                {
                    DefinitionOf(id.Substring(0, id.LastIndexOf("/versions/", StringComparison.OrdinalIgnoreCase))).Versions.Add(new OwnVersion(id, name, row));
                }

                break;
        }
    }

    /// <summary>Rows of versions may come before those of their definitions.</summary>
    private OwnDefinition DefinitionOf(string id)
    {
        if (!_definitions.TryGetValue(id, out OwnDefinition? definition))
        {
            _definitions.Add(id, definition = new OwnDefinition(id));
        }

        return definition;
    }

    private static string GalleryOf(string definition) => new ResourceIdentifier(definition).Parent?.Name ?? string.Empty;

    private static bool IsMade(JsonElement row) => Text(row, "properties", "provisioningState") is null or "Succeeded" or "Updating" or "Migrating";

    private bool IsIn(params string?[] regions) => filter.TakesRegion([.. regions.OfType<string>().Select(static region => (AzureLocation?)new AzureLocation(region))]);

    private static ImageSource ImageOf(JsonElement row, string id, string name)
    {
        int dataDisks = ArmDocuments.Items(row, "properties", "storageProfile", "dataDisks").Count();
        bool isOfMachine = Text(row, "properties", "sourceVirtualMachine", "id") is not null;
        return new ImageSource
        {
            Kind = ImageSourceKind.ManagedImage,
            Id = id,
            Name = name,
            ResourceGroupName = new ResourceIdentifier(id).ResourceGroupName,
            Location = new AzureLocation(Text(row, "location") ?? string.Empty).Name,
            Locations = [new AzureLocation(Text(row, "location") ?? string.Empty).Name],
            SubscriptionId = Text(row, "subscriptionId"),
            OsType = Text(row, "properties", "storageProfile", "osDisk", "osType"),
            Architecture = "x64",
            HyperVGeneration = Text(row, "properties", "hyperVGeneration") ?? "V1",
            SecurityType = SecurityTypes.Standard,
            OsState = StateOf(Text(row, "properties", "storageProfile", "osDisk", "osState")),
            ImageType = dataDisks > 0 || isOfMachine ? Images.ImageType.VmImage : Images.ImageType.OsImage,
            DataDiskCount = dataDisks,
            Plan = ImagePlan.From(MarketplacePlan.Of(TagsOf(row))),
            OsDiskSizeGB = NumberOf(row, "properties", "storageProfile", "osDisk", "diskSizeGB"),
        };
    }

    private static OsState StateOf(string? state) => string.Equals(state, "Specialized", StringComparison.OrdinalIgnoreCase) ? OsState.Specialized : OsState.Generalized;

    private static Dictionary<string, string> TagsOf(JsonElement row)
    {
        Dictionary<string, string> tags = new(StringComparer.OrdinalIgnoreCase);
        if (row.TryGetProperty("tags", out JsonElement told) && told.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty tag in told.EnumerateObject().Where(static tag => tag.Value.ValueKind == JsonValueKind.String))
            {
                tags[tag.Name] = tag.Value.GetString()!;
            }
        }

        return tags;
    }

    private static int? NumberOf(JsonElement row, params string[] path)
    {
        foreach (string name in path)
        {
            if (row.ValueKind != JsonValueKind.Object || !row.TryGetProperty(name, out row))
            {
                return null;
            }
        }

        return row.ValueKind == JsonValueKind.Number && row.TryGetInt32(out int number) ? number : null;
    }

    private static DateTimeOffset? Date(string? text)
        => DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset date) ? date : null;

    private IEnumerable<ImageSource> VersionsOf(OwnDefinition definition)
    {
        // A definition that is not shown to the sign-in, though its versions are, can't be told of.
        if (!definition.IsRead || filter.VersionsOf(definition.Name) is not { } named || !ImageSourceFilter.PatternOf(filter.GalleryName).Matches(GalleryOf(definition.Id)))
        {
            return [];
        }

        Wildcard pattern = ImageSourceFilter.PatternOf(filter.NamedVersion);
        foreach (OwnVersion version in definition.Versions)
        {
            sought.Meet(SoughtPart.Name, version.Name);
        }

        return LatestVersions.Of(
                definition.Versions.Where(version => pattern.Matches(version.Name) && named.Matches(version.Name) && IsIn([version.Location, .. version.Regions])),
                static version => version.Name,
                static version => version.IsExcludedFromLatest,
                filter)
            .Select(definition.ToSource);
    }

    /// <summary>A version, as far as it is needed: rows are many.</summary>
    private sealed class OwnVersion(string id, string name, JsonElement row)
    {
        public string Id => id;

        public string Name => name;

        public string Location { get; } = Text(row, "location") ?? string.Empty;

        public string? SubscriptionId { get; } = Text(row, "subscriptionId");

        public string[] Regions { get; } = [.. ArmDocuments.Items(row, "properties", "publishingProfile", "targetRegions").Select(static region => Text(region, "name")).OfType<string>().Select(static region => new AzureLocation(region).Name)];

        public bool IsExcludedFromLatest { get; } = SharedGalleryImage.Flag(row, "properties", "publishingProfile", "excludeFromLatest");

        public DateTimeOffset? Published { get; } = Date(Text(row, "properties", "publishingProfile", "publishedDate"));

        public DateTimeOffset? EndOfLife { get; } = Date(Text(row, "properties", "publishingProfile", "endOfLifeDate"));

        public int? SizeGB { get; } = NumberOf(row, "properties", "storageProfile", "osDiskImage", "sizeInGB");

        public int DataDisks { get; } = ArmDocuments.Items(row, "properties", "storageProfile", "dataDiskImages").Count();

        public bool IsOfMachine { get; } = (Text(row, "properties", "storageProfile", "source", "virtualMachineId") ?? Text(row, "properties", "storageProfile", "source", "id"))
            ?.IndexOf("/virtualMachines/", StringComparison.OrdinalIgnoreCase) >= 0;
    }

    /// <summary>A definition with its versions.</summary>
    private sealed class OwnDefinition(string id)
    {
        public string Id => id;

        public string Name { get; } = new ResourceIdentifier(id).Name;

        /// <summary>Galleries and definitions by their names.</summary>
        public string Order { get; } = $"{GalleryOf(id)}/{new ResourceIdentifier(id).Name}/{id}";

        public List<OwnVersion> Versions { get; } = [];

        public bool IsRead { get; private set; }

        private string? OsType { get; set; }

        private string? Generation { get; set; }

        private string? Architecture { get; set; }

        private string? Security { get; set; }

        private string? Controllers { get; set; }

        private OsState State { get; set; }

        private ImagePlan? Plan { get; set; }

        private DateTimeOffset? EndOfLife { get; set; }

        public void Read(JsonElement row)
        {
            IsRead = true;
            OsType = Text(row, "properties", "osType");
            Generation = Text(row, "properties", "hyperVGeneration");
            Architecture = Text(row, "properties", "architecture");
            State = StateOf(Text(row, "properties", "osState"));
            Security = Feature("SecurityType");
            Controllers = Feature(ControllerNames.Feature);
            EndOfLife = Date(Text(row, "properties", "endOfLifeDate"));
            Plan = Text(row, "properties", "purchasePlan", "name") is { } plan
                ? new ImagePlan(plan, Text(row, "properties", "purchasePlan", "product") ?? string.Empty, Text(row, "properties", "purchasePlan", "publisher") ?? string.Empty)
                : null;

            string? Feature(string name) => ArmDocuments.Items(row, "properties", "features")
                .Where(feature => string.Equals(Text(feature, "name"), name, StringComparison.OrdinalIgnoreCase))
                .Select(static feature => Text(feature, "value")).FirstOrDefault();
        }

        public ImageSource ToSource(OwnVersion version) => new()
        {
            Kind = ImageSourceKind.Gallery,
            Id = version.Id,
            Name = version.Name,
            ResourceGroupName = new ResourceIdentifier(version.Id).ResourceGroupName,
            Location = new AzureLocation(version.Location).Name,
            Locations = version.Regions,
            SubscriptionId = version.SubscriptionId,
            GalleryName = GalleryOf(id),
            GalleryImageDefinitionName = Name,
            OsType = OsType,
            Architecture = Architecture ?? "x64",
            HyperVGeneration = Generation ?? "V1",
            SecurityType = Security ?? SecurityTypes.Standard,
            DiskControllerTypes = ControllerNames.Read(Controllers),
            OsState = State,
            ImageType = version.DataDisks > 0 || version.IsOfMachine ? Images.ImageType.VmImage : Images.ImageType.OsImage,
            DataDiskCount = version.DataDisks,
            Plan = Plan,
            EndOfLife = version.EndOfLife ?? EndOfLife,
            PublishedDate = version.Published,
            OsDiskSizeGB = version.SizeGB,
        };
    }
}
