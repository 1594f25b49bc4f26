using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>The ways in which a machine is captured: each works, until something is in its way.</summary>
internal static class CaptureFlows
{
    public const string Definition = "golden";

    public static IReadOnlyDictionary<string, CaptureRequest> All { get; } = new Dictionary<string, CaptureRequest>
    {
        ["managed image"] = Machine with { ImageName = "captured" },
        ["managed image of the OS disk"] = Machine with { ImageName = "captured", ImageType = ImageType.OsImage },
        ["gallery"] = Machine with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition },
        ["gallery, the OS disk"] = Machine with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition, ImageType = ImageType.OsImage },
        ["gallery, specialized"] = Machine with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition, OsState = OsState.Specialized },
        ["gallery, through a managed image"] = Machine with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = Definition, SecurityType = "TrustedLaunchSupported" },
        ["gallery, a definition that is there"] = Machine with { GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = "windows-server" },
    };

    private static CaptureRequest Machine => new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group, AllowRunning = true };
}

/// <summary>Something for which Azure refuses a capture, at its end if nobody looks before.</summary>
/// <param name="Name">What it is.</param>
/// <param name="ErrorId">The error.</param>
/// <param name="Refused">The flows that it is in the way of; the others work in spite of it.</param>
internal sealed record Refusal(string Name, string ErrorId, Func<string, bool> Refused)
{
    /// <summary>Puts it in the way.</summary>
    public Action<SandboxSession> Arrange { get; init; } = _ => { };

    /// <summary>Asks for it.</summary>
    public Func<CaptureRequest, CaptureRequest> Ask { get; init; } = request => request;

    public static IReadOnlyDictionary<string, Refusal> All { get; } = new[]
    {
        new Refusal("an Ultra data disk", "DiskTypeNotSupported", IsWhole) { Arrange = Data(disk => disk["sku"] = new JsonObject { ["name"] = "UltraSSD_LRS" }) },
        new Refusal("a Premium SSD v2 data disk", "DiskTypeNotSupported", IsWhole) { Arrange = Data(disk => disk["sku"] = new JsonObject { ["name"] = "PremiumV2_LRS" }) },
        new Refusal("an unmanaged data disk", "DataDiskUnmanaged", IsWhole) { Arrange = Unmanaged },
        new Refusal("Azure Disk Encryption of the OS disk", "AzureDiskEncryption", Always) { Arrange = Os(disk => disk["properties"]!["encryptionSettingsCollection"] = new JsonObject { ["enabled"] = true }) },
        new Refusal("Azure Disk Encryption of a data disk", "AzureDiskEncryption", IsWhole) { Arrange = Data(disk => disk["properties"]!["encryptionSettingsCollection"] = new JsonObject { ["enabled"] = true }) },
        new Refusal("Azure Disk Encryption in the machine's model", "AzureDiskEncryption", Always) { Arrange = Model(machine => machine["properties"]!["storageProfile"]!["osDisk"]!["encryptionSettings"] = new JsonObject { ["enabled"] = true }) },
        new Refusal("the extension of Azure Disk Encryption", "AzureDiskEncryption", Always) { Arrange = Model(AddExtension) },
        new Refusal("an OS disk with a key of another subscription", "EncryptionSetInAnotherSubscription", Always) { Arrange = Os(UseForeignKey) },
        new Refusal("a data disk with a key of another subscription", "EncryptionSetInAnotherSubscription", IsWhole) { Arrange = Data(UseForeignKey) },
        new Refusal("too many tags", "TagsInvalid", Always) { Ask = request => request with { Tag = Enumerable.Range(0, 50).ToDictionary(number => $"tag{number}", _ => "x") } },
        new Refusal("a tag's value that is too long", "TagsInvalid", Always) { Ask = request => request with { Tag = new Dictionary<string, string> { ["x"] = new('x', 257) } } },
        new Refusal("a name that is too long", "NameInvalid", flow => IsNew(flow) || IsManaged(flow)) { Ask = Named(new string('x', 81)) },
        new Refusal("a name that ends in a hyphen", "NameInvalid", flow => IsNew(flow) || IsManaged(flow)) { Ask = Named("golden-") },
        new Refusal("a SKU that is too long", "ImageIdentifierInvalid", IsNew) { Ask = request => IsExisting(request) ? request : request with { Sku = new string('x', 65) } },
        new Refusal("a definition's name that makes too long a SKU", "ImageIdentifierInvalid", IsNew) { Ask = request => IsExisting(request) || request.GalleryName is null ? request : request with { GalleryImageDefinitionName = new string('x', 65) } },
        new Refusal("an offer that ends in a line end", "ImageIdentifierInvalid", IsNew) { Ask = request => IsExisting(request) ? request : request with { Offer = "server\n" } },
        new Refusal("an offer that is too long", "ImageIdentifierInvalid", IsNew) { Ask = request => IsExisting(request) ? request : request with { Offer = new string('x', 65) } },
        new Refusal("a publisher that is too long", "ImageIdentifierInvalid", IsNew) { Ask = request => IsExisting(request) ? request : request with { Publisher = new string('x', 129) } },
        new Refusal("an offer with a space", "ImageIdentifierInvalid", IsNew) { Ask = request => IsExisting(request) ? request : request with { Offer = "Windows Server" } },
        new Refusal("an identifier that another definition has", "ImageIdentifierInUse", IsNew) { Ask = request => IsExisting(request) ? request : request with { Publisher = "sandbox", Offer = "WindowsServer", Sku = "2022-datacenter-g2" } },
        new Refusal("a purchase plan that the definition does not have", "ImageDefinitionMismatch", IsThere) { Arrange = Model(machine => machine["plan"] = Plan("sku-a")) },
        new Refusal("a purchase plan that the machine does not have", "ImageDefinitionMismatch", IsThere) { Arrange = TheDefinition(definition => definition["properties"]!["purchasePlan"] = Plan("sku-a")) },
        new Refusal("a definition for another security type", "ImageDefinitionMismatch", IsThere) { Arrange = TheDefinition(definition => Secure(definition, "ConfidentialVM")) },
        new Refusal("a definition for Trusted Launch", "ImageDefinitionMismatch", IsThere) { Arrange = TheDefinition(definition => Secure(definition, "TrustedLaunch")) },
        new Refusal("a definition for another OS state", "ImageDefinitionMismatch", IsThere) { Arrange = TheDefinition(definition => definition["properties"]!["osState"] = "Specialized") },
        new Refusal("a definition for another generation", "ImageDefinitionMismatch", IsThere) { Arrange = TheDefinition(definition => definition["properties"]!["hyperVGeneration"] = "V1") },
        new Refusal("a definition for another architecture", "ImageDefinitionMismatch", IsThere) { Arrange = TheDefinition(definition => definition["properties"]!["architecture"] = "Arm64") },
        new Refusal("a version that is there", "ImageVersionAlreadyExists", IsThere) { Arrange = TheVersion, Ask = request => IsExisting(request) ? request with { ImageVersion = "1.0.0" } : request },
        new Refusal("a running machine", "VMNotStopped", flow => !IsSpecialized(flow)) { Ask = request => request with { AllowRunning = false } },
        new Refusal("a region that is none", "RegionNotFound", IsGallery) { Ask = request => request.GalleryName is null ? request : request with { TargetRegions = ["nowhere"] } },
        new Refusal("another region than the machine's", "LocationMismatch", Always) { Ask = request => request with { Location = "eastus" } },
        new Refusal("a lock on the group", "ScopeLocked", Always) { Arrange = sandbox => sandbox.Lock(Group(sandbox)) },
        new Refusal("a lock on the machine", "ScopeLocked", flow => !IsSpecialized(flow)) { Arrange = sandbox => sandbox.Lock($"{Group(sandbox)}/providers/Microsoft.Compute/virtualMachines/win-vm") },
        new Refusal("a lock on the gallery", "ScopeLocked", IsGallery) { Arrange = sandbox => sandbox.Lock($"{Group(sandbox)}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}") },
        new Refusal("roles without images", "AuthorizationFailed", MakesImage) { Arrange = Without("Microsoft.Compute/images/write") },
        new Refusal("roles without definitions", "AuthorizationFailed", IsNew) { Arrange = Without("Microsoft.Compute/galleries/images/write") },
        new Refusal("roles without versions", "AuthorizationFailed", IsGallery) { Arrange = Without("Microsoft.Compute/galleries/images/versions/write") },
        new Refusal("roles without snapshots", "AuthorizationFailed", flow => !IsSpecialized(flow)) { Arrange = Without("Microsoft.Compute/snapshots/write") },
        new Refusal("roles that read no disks out", "AuthorizationFailed", flow => !IsSpecialized(flow)) { Arrange = Without("Microsoft.Compute/disks/beginGetAccess/action") },
        new Refusal("roles that stop no machine", "AuthorizationFailed", flow => !IsSpecialized(flow)) { Arrange = Without("Microsoft.Compute/virtualMachines/deallocate/action") },
        new Refusal("roles that generalize no machine", "AuthorizationFailed", flow => !IsSpecialized(flow)) { Arrange = Without("Microsoft.Compute/virtualMachines/generalize/action") },
        new Refusal("a policy against images", "RequestDisallowedByPolicy", MakesImage) { Arrange = sandbox => sandbox.Access.Assign(new SandboxPolicy("none") { DisallowedTypes = ["Microsoft.Compute/images"] }) },
        new Refusal("a policy against versions", "RequestDisallowedByPolicy", IsGallery) { Arrange = sandbox => sandbox.Access.Assign(new SandboxPolicy("none") { DisallowedTypes = ["Microsoft.Compute/galleries/images/versions"] }) },
        new Refusal("a policy against snapshots", "RequestDisallowedByPolicy", flow => !IsSpecialized(flow)) { Arrange = sandbox => sandbox.Access.Assign(new SandboxPolicy("none") { DisallowedTypes = ["Microsoft.Compute/snapshots"] }) },
        new Refusal("a policy for a tag", "RequestDisallowedByPolicy", Always) { Arrange = sandbox => sandbox.Access.Assign(new SandboxPolicy("tag") { RequiredTag = "cost" }) },
        new Refusal("a policy for another region", "RequestDisallowedByPolicy", Always) { Arrange = sandbox => sandbox.Access.Assign(new SandboxPolicy("region") { AllowedLocations = ["northeurope"] }) },
        new Refusal("a gallery that is not there", "GalleryNotFound", IsGallery) { Ask = request => request.GalleryName is null ? request : request with { GalleryName = "none" } },
        new Refusal("a resource group that is not there", "ResourceGroupNotFound", IsManaged) { Ask = request => request.GalleryName is not null ? request : request with { ResourceGroupName = "none" } },
    }.ToDictionary(refusal => refusal.Name);

    private static bool Always(string flow) => true;

    private static bool IsGallery(string flow) => flow.StartsWith("gallery", StringComparison.Ordinal);

    private static bool IsManaged(string flow) => !IsGallery(flow);

    private static bool MakesImage(string flow) => IsManaged(flow) || flow.EndsWith("through a managed image", StringComparison.Ordinal);

    private static bool IsThere(string flow) => flow.EndsWith("is there", StringComparison.Ordinal);

    private static bool IsNew(string flow) => IsGallery(flow) && !IsThere(flow);

    private static bool IsWhole(string flow) => !flow.EndsWith("OS disk", StringComparison.Ordinal);

    private static bool IsSpecialized(string flow) => flow.EndsWith("specialized", StringComparison.Ordinal);

    private static string Group(SandboxSession sandbox) => $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}";

    private static Action<SandboxSession> Without(string action) => sandbox => sandbox.Access.Restrict(new SandboxRole("/", ["*"]) { NotActions = [action] });

    private static bool IsExisting(CaptureRequest request) => request.GalleryName is null || request.GalleryImageDefinitionName != CaptureFlows.Definition;

    private static JsonObject Plan(string name) => new() { ["name"] = name, ["product"] = "offer-a", ["publisher"] = "publisher-a" };

    private static void Secure(JsonObject definition, string type)
        => definition["properties"]!["features"] = new JsonArray(new JsonObject { ["name"] = "SecurityType", ["value"] = type });

    private static void UseForeignKey(JsonObject disk) => disk["properties"]!["encryption"] = new JsonObject
    {
        ["type"] = "EncryptionAtRestWithCustomerKey",
        ["diskEncryptionSetId"] = "/subscriptions/5a4db0c5-0000-4000-8000-000000000002/resourceGroups/keys/providers/Microsoft.Compute/diskEncryptionSets/keys",
    };

    private static void AddExtension(JsonObject machine) => machine["resources"] = new JsonArray(new JsonObject
    {
        ["id"] = $"{machine["id"]}/extensions/AzureDiskEncryption",
        ["name"] = "AzureDiskEncryption",
        ["type"] = "Microsoft.Compute/virtualMachines/extensions",
        ["location"] = "westeurope",
        ["properties"] = new JsonObject { ["publisher"] = "Microsoft.Azure.Security", ["type"] = "AzureDiskEncryption", ["typeHandlerVersion"] = "2.2" },
    });

    private static Func<CaptureRequest, CaptureRequest> Named(string name) => request => request switch
    {
        { GalleryName: null } => request with { ImageName = name },
        { GalleryImageDefinitionName: CaptureFlows.Definition } => request with { GalleryImageDefinitionName = name },
        _ => request,
    };

    private static void Unmanaged(SandboxSession sandbox) => Altering(sandbox, "/virtualMachines/win-vm", machine =>
    {
        JsonNode disk = machine["properties"]!["storageProfile"]!["dataDisks"]![0]!;
        disk.AsObject().Remove("managedDisk");
        disk["vhd"] = new JsonObject { ["uri"] = "https://sandboximages.blob.core.windows.net/vhds/data.vhd" };
    });

    // As a list tells of it: the version itself is not asked for.
    private static void TheVersion(SandboxSession sandbox) => Altering(sandbox, "/images/windows-server/versions", list => list["value"]!.AsArray().Add(new JsonObject
    {
        ["id"] = $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}/images/windows-server/versions/1.0.0",
        ["name"] = "1.0.0",
        ["type"] = "Microsoft.Compute/galleries/images/versions",
        ["location"] = "westeurope",
    }));

    private static Action<SandboxSession> Os(Action<JsonObject> change) => sandbox => Altering(sandbox, "/disks/win-vm_OsDisk_1", change);

    private static Action<SandboxSession> Data(Action<JsonObject> change) => sandbox => Altering(sandbox, "/disks/win-vm_DataDisk_0", change);

    private static Action<SandboxSession> Model(Action<JsonObject> change) => sandbox => Altering(sandbox, "/virtualMachines/win-vm", change);

    private static Action<SandboxSession> TheDefinition(Action<JsonObject> change) => sandbox => Altering(sandbox, "/images/windows-server", change);

    private static void Altering(SandboxSession sandbox, string path, Action<JsonObject> change) => sandbox.Wire.AlterAt(path, change);
}
