using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Tests.Capture;
using Azure.Core;

namespace AzImageTools.Services.Tests.Publish;

/// <summary>Each source against each security type of a definition: what the table says is what the cloud takes.</summary>
public sealed class VersionMatrixTests
{
    private static readonly string[] Sources = ["disk", "snapshot", "machine", "managed image", "version", "blob", "Trusted Launch disk", "Trusted Launch machine"];

    public static TheoryData<string, string> Cells()
    {
        TheoryData<string, string> cells = [];
        foreach (string source in Sources)
        {
            foreach (string security in VersionSources.DefinitionTypes)
            {
                cells.Add(source, security);
            }
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task A_source_becomes_a_version_or_is_refused_before_anything_happens(string source, string security)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        PublishRequest request = await MakeAsync(sandbox, source);
        await sandbox.DefineAsync(security == "Standard" ? null : security);

        if (!IsTaken(source, security))
        {
            ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.PublishAsync(request));
            Assert.Equal("ImageDefinitionMismatch", failure.ErrorId);
            Assert.Empty(sandbox.Wire.Changes);
            return;
        }

        CapturedImage image = await sandbox.PublishAsync(request);

        Assert.Equal("Succeeded", image.ProvisioningState);
        bool goesThroughImage = security.EndsWith("Supported", StringComparison.Ordinal) && source is "disk" or "snapshot" or "machine" && security != "Standard";
        Assert.Equal(goesThroughImage, sandbox.Wire.Changes.Any(change => change.Path.Contains("/images/for-golden-1.0.0-", StringComparison.Ordinal)));
        Assert.DoesNotContain(await sandbox.ListCloudAsync(), resource => resource.Contains("/images/for-golden", StringComparison.Ordinal) && !resource.Contains("/versions/", StringComparison.Ordinal));
    }

    // azure/virtual-machines/trusted-launch-portal, "Supported scenarios"; a guest state is taken from machines and disks that have one.
    private static bool IsTaken(string source, string security) => security switch
    {
        "Standard" => !source.StartsWith("Trusted", StringComparison.Ordinal),
        "TrustedLaunch" => source.StartsWith("Trusted", StringComparison.Ordinal),
        "ConfidentialVM" => false,
        _ => !source.StartsWith("Trusted", StringComparison.Ordinal),
    };

    private static async Task<PublishRequest> MakeAsync(SandboxSession sandbox, string source)
    {
        if (source == "blob")
        {
            return PublishSources.Request with { BlobUri = await sandbox.UploadBlobAsync(), OsType = "Windows", HyperVGeneration = "V2", GalleryResourceGroupName = SandboxSession.Group };
        }

        ResourceIdentifier id = source switch
        {
            "disk" => await sandbox.CopyOsDiskAsync(),
            "snapshot" => await sandbox.SnapshotAsync(await sandbox.CopyOsDiskAsync()),
            "machine" => await sandbox.GeneralizeAsync(SandboxSession.WindowsVM),
            "managed image" => await sandbox.MakeImageAsync(await sandbox.CopyOsDiskAsync()),
            "version" => new ResourceIdentifier((await sandbox.PublishAsync(PublishSources.Request with { SourceId = (await sandbox.CopyOsDiskAsync()).ToString(), GalleryImageDefinitionName = "first" })).Id),
            "Trusted Launch disk" => (await sandbox.GetVMAsync(SandboxSession.TrustedLaunchVM)).Data.StorageProfile.OSDisk.ManagedDisk.Id,
            _ => await sandbox.GeneralizeAsync(SandboxSession.TrustedLaunchVM),
        };
        return PublishSources.Request with { SourceId = id.ToString() };
    }
}
