using System.Collections.Concurrent;
using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Upload;

public sealed class ManagedDiskParameterTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_said_of_the_disk_is_what_is_created()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        string provider = $"/subscriptions/{_cloud.SubscriptionId}/resourceGroups/{Group}/providers/Microsoft.Compute";
        await DiskGuards.MakeAsync(_cloud, $"{provider}/diskEncryptionSets/des", $"{provider}/diskAccesses/da");

        await cloud.UploadAsync(source, new ManagedDiskTarget(Group, "web01")
        {
            Zones = ["2"],
            DiskSku = "Premium_LRS",
            HyperVGeneration = "V2",
            OsType = "Linux",
            Architecture = "Arm64",
            SecurityType = "TrustedLaunch",
            DiskEncryptionSetId = $"{provider}/diskEncryptionSets/des",
            NetworkAccessPolicy = "AllowPrivate",
            DataAccessAuthMode = "AzureActiveDirectory",
            DiskAccessId = $"{provider}/diskAccesses/da",
            Tags = new Dictionary<string, string> { ["owner"] = "me" },
        });

        ManagedDiskData disk = (await cloud.DiskAsync("web01")).Data;
        Assert.Equal("2", Assert.Single(disk.Zones));
        Assert.Equal(("Premium_LRS", "V2", "Linux"), (disk.Sku.Name.ToString(), disk.HyperVGeneration.ToString(), disk.OSType.ToString()));
        Assert.Equal(("Arm64", "TrustedLaunch"), (disk.SupportedCapabilities.Architecture.ToString(), disk.SecurityProfile.SecurityType.ToString()));
        Assert.Equal(("des", "da"), (disk.Encryption.DiskEncryptionSetId.Name, disk.DiskAccessId.Name));
        Assert.Equal("AllowPrivate", disk.NetworkAccessPolicy.ToString());
        Assert.Equal("AzureActiveDirectory", disk.DataAccessAuthMode.ToString());
        Assert.Equal("me", disk.Tags["owner"]);
    }

    public static TheoryData<ManagedDiskTarget> Contradictions =>
    [
        new ManagedDiskTarget(Group, "web01") { OsType = "Linux" },
        new ManagedDiskTarget(Group, "web01") { HyperVGeneration = "V2" },
        new ManagedDiskTarget(Group, "web01") { Architecture = "Arm64" },
        new ManagedDiskTarget(Group, "web01") { SecurityType = "TrustedLaunch" },
    ];

    [Theory]
    [InlineData("ConfidentialVM_DiskEncryptedWithPlatformKey", ErrorKind.NotSupported, "as a page blob")]
    [InlineData("ConfidentialVM_VMGuestStateOnlyEncryptedWithPlatformKey", ErrorKind.NotSupported, "as a page blob")]
    [InlineData("Trusted", ErrorKind.InvalidArgument, "TrustedLaunch")]
    public async Task A_security_type_that_needs_more_than_a_disk_is_refused_with_the_way_round_before_anything_is_created(string type, ErrorKind kind, string remedy)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, new ManagedDiskTarget(Group, "web01") { SecurityType = type }));

        Assert.Equal(("SecurityTypeNotSupported", kind), (error.ErrorId, error.Kind));
        Assert.Contains(remedy, error.Remedy);
        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    [Theory]
    [InlineData("AzureActiveDirectory", true)]
    [InlineData("None", false)]
    [InlineData(null, false)]
    public async Task Pages_of_a_disk_that_wants_it_come_with_a_token_for_managed_disks_beside_the_signature(string? mode, bool needsToken)
    {
        string source = RawDisk.Create(_folder);
        ConcurrentBag<string?> tokens = [];
        using HookHandler hook = new(_cloud.CreateHandler(), request =>
        {
            if (request.RequestUri!.Host.StartsWith("md-", StringComparison.Ordinal))
            {
                tokens.Add(request.Headers.Authorization?.ToString());
            }
        });
        ConnectRequest request = new()
        {
            Kind = CredentialKind.AzContext,
            Handler = hook,
            TokenProvider = (query, _) => Task.FromResult(new AccessTokenResult($"token for {query.Resource}", DateTimeOffset.UtcNow.AddHours(1))),
        };
        using ImageSession session = await ImageSession.ConnectAsync(request, OperationContext.None);

        VhdUpload upload = await Uploads.RunAsync(
            session, new UploadRequest { Path = source, Target = new ManagedDiskTarget(Group, "web01") { DataAccessAuthMode = mode }, Verify = true }, OperationContext.None);

        Assert.NotEmpty(tokens);
        Assert.All(tokens, token => Assert.Equal(needsToken ? "Bearer token for https://disk.azure.com/" : null, token));
        await RawDisk.AssertHeldAsync(source, _cloud.FindDiskFile(upload.Id)!);
    }

    [Theory]
    [MemberData(nameof(Contradictions), DisableDiscoveryEnumeration = true)]
    public async Task What_contradicts_the_disk_is_refused_before_anything_is_created(ManagedDiskTarget target)
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, target));

        Assert.Equal("DiskContradicts", error.ErrorId);
        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    [Theory]
    [InlineData("ready-fixed.vhdx", "notready.vhdx")]
    public async Task A_disk_that_is_not_ready_is_a_warning_or_refused_as_wanted(string ready, string notReady)
    {
        string good = TestDisk.Find(ready).Unpack(_folder);
        string bad = TestFile.Unpack(Path.Combine("disks", notReady), _folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        RecordingLog log = new();
        RecordingLog silent = new();

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(
            () => cloud.UploadAsync(bad, new ManagedDiskTarget(Group, "bad"), request => request with { Readiness = UploadReadiness.Require }));
        await cloud.UploadAsync(bad, new ManagedDiskTarget(Group, "warned"), context: new() { Log = log });
        await cloud.UploadAsync(bad, new ManagedDiskTarget(Group, "unasked"), request => request with { Readiness = UploadReadiness.None }, new() { Log = silent });
        await cloud.UploadAsync(good, new ManagedDiskTarget(Group, "good"));

        Assert.Equal("DiskNotReady", error.ErrorId);
        Assert.Contains("is NotReady. CdromEnabled is not met: The CD-ROM driver starts", error.Message, StringComparison.Ordinal);
        Assert.Contains(log.Warnings, warning => warning.StartsWith($"{notReady}: CdromEnabled is not met: ", StringComparison.Ordinal) && warning.Contains("Remedy: ", StringComparison.Ordinal));
        Assert.True(log.Warnings.Count > silent.Warnings.Count);
    }
}
