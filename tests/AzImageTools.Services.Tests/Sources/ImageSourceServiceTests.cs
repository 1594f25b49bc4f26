using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Sources;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Tests.Publish;

namespace AzImageTools.Services.Tests.Sources;

public sealed class ImageSourceServiceTests
{
    [Fact]
    public async Task Without_a_filter_own_images_come_first_and_then_the_usual_Marketplace()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(new CaptureRequest { VMName = SandboxSession.LinuxVM, VMResourceGroupName = SandboxSession.Group, ImageName = "own" });

        List<ImageSource> sources = await FindAsync(sandbox, new ImageSourceFilter());

        Assert.Equal(ImageSourceKind.ManagedImage, sources[0].Kind);
        Assert.Equal("own", sources[0].Name);
        Assert.Contains(sources, source => source is { Kind: ImageSourceKind.Marketplace, Publisher: "MicrosoftWindowsServer" });
        Assert.Contains(sources, source => source is { Kind: ImageSourceKind.Marketplace, Publisher: "Canonical" });
        Assert.DoesNotContain(sources, source => source.Publisher == "cognosys");
    }

    [Fact]
    public async Task The_latest_version_by_number_is_found_unless_all_are_asked_for()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageSourceFilter filter = new() { Publishers = ["MicrosoftWindowsServer"], Offer = "WindowsServer", Sku = "2022-datacenter-g2" };

        ImageSource latest = Assert.Single(await FindAsync(sandbox, filter));
        List<ImageSource> all = await FindAsync(sandbox, filter with { AllVersions = true });

        Assert.True(all.Count > 1);
        Assert.Equal(latest.Urn, all[0].Urn);
        Assert.Equal($"MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2:{latest.Version}", latest.Urn);
        Assert.Equal("MicrosoftWindowsServer", latest.PublisherName);
        Assert.Equal("2022-datacenter-g2", latest.Skus);
        Assert.Null(latest.Id);
        Assert.Equal("Windows", latest.OsType);
        Assert.Equal("V2", latest.HyperVGeneration);
        Assert.Equal("x64", latest.Architecture);
        Assert.Equal("TrustedLaunchSupported", latest.SecurityType);
        Assert.Null(latest.Plan);
        Assert.Null(latest.BenefitRequired);
    }

    [Fact]
    public async Task Patterns_narrow_each_part()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        List<ImageSource> sources = await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["canon*"], Offer = "*24_04*", Sku = "server*", Architecture = "arm64" });
        ImageSource source = Assert.Single(sources);
        Assert.Equal("server-arm64", source.Sku);
        Assert.Equal("Arm64", source.Architecture);
    }

    [Fact]
    public async Task Sets_of_characters_and_escaped_ones_are_those_of_PowerShell()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        List<ImageSource> sources = await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["c[a-b]noni[c]al"], Offer = "ubuntu-2[0-9]_04*", Sku = "s[er]rver`-*" });

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.Equal("Canonical", source.Publisher));
        Assert.Empty(await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["c[x-z]nonical"] }));
    }

    [Fact]
    public async Task Windows_for_clients_tells_the_benefit_it_takes_and_the_subscription_s_offer()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        List<ImageSource> sources = await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["MicrosoftWindowsDesktop"] });
        Assert.NotEmpty(sources);
        string? quotaId = sandbox.Session.Subscription.Data.SubscriptionPolicies?.QuotaId;
        Assert.All(sources, source =>
        {
            Assert.Equal("Visual Studio subscription", source.BenefitRequired);
            Assert.Equal(quotaId, source.SubscriptionQuotaId);
            Assert.Equal(quotaId?.StartsWith("MSDN", StringComparison.Ordinal), source.BenefitAvailable);
        });
    }

    [Fact]
    public async Task A_purchase_plan_and_an_end_of_life_are_told()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageSource withPlan = Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["cognosys"] }));
        Assert.Equal("cognosys", withPlan.Plan?.Publisher);
        Assert.Equal(withPlan.Offer, withPlan.Plan?.Product);

        ImageSourceFilter ending = new() { Publishers = ["MicrosoftWindowsDesktop"], Offer = "windows-10" };
        Assert.Empty(await FindAsync(sandbox, ending));
        Assert.Empty(sandbox.Log.Warnings);
        ImageSource ended = Assert.Single(await FindAsync(sandbox, ending with { IncludeDeprecated = true }));
        Assert.Equal(new DateTimeOffset(2025, 10, 14, 0, 0, 0, TimeSpan.Zero), ended.EndOfLife);
        Assert.Contains("2025-10-14", Assert.Single(sandbox.Log.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gallery_s_latest_version_is_found_with_its_definition_s_facts()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CaptureRequest request = new()
        {
            VMName = SandboxSession.LinuxVM,
            VMResourceGroupName = SandboxSession.Group,
            GalleryName = SandboxSession.Gallery,
            GalleryImageDefinitionName = "golden",
            ImageVersion = "1.0.9",
        };
        await sandbox.CaptureAsync(request);
        CapturedImage newest = await sandbox.CaptureAsync(request with { ImageVersion = "1.0.10" });

        ImageSource source = Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { GalleryName = "sandbox*", Name = "GOLD*" }));

        Assert.Equal(ImageSourceKind.Gallery, source.Kind);
        Assert.Equal(newest.Id, source.Id);
        Assert.Equal("1.0.10", source.Name);
        Assert.Equal("golden", source.GalleryImageDefinitionName);
        Assert.Equal("Linux", source.OsType);
        Assert.Equal(OsState.Generalized, source.OsState);

        // Set-AzVMSourceImage binds Id, or the four others: it refuses an object with some of both.
        Assert.All(new[] { source.PublisherName, source.Offer, source.Skus, source.Version }, Assert.Null);
        Assert.Equal(2, (await FindAsync(sandbox, new ImageSourceFilter { GalleryName = SandboxSession.Gallery, Name = "golden", AllVersions = true })).Count);
        Assert.Equal("1.0.9", Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { GalleryName = SandboxSession.Gallery, Version = "1.0.9" })).Name);
    }

    [Theory]
    [InlineData("2022*", 3)]
    [InlineData("2022-DATACENTER-g2", 1)]
    public async Task A_name_is_what_is_printed_as_such_of_the_Marketplace_too(string name, int count)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        foreach (ImageSourceKind[] kinds in new ImageSourceKind[][] { [], [ImageSourceKind.Marketplace] })
        {
            List<ImageSource> sources = await FindAsync(sandbox, new ImageSourceFilter { Name = name, Kinds = kinds });
            Assert.Equal(count, sources.Count);
            Assert.All(sources, source => Assert.Equal(source.Sku, source.Name));
        }
    }

    [Fact]
    public async Task A_gallery_versions_number_is_found_by_it_and_by_its_definitions_name()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(new CaptureRequest
        {
            VMName = SandboxSession.LinuxVM,
            VMResourceGroupName = SandboxSession.Group,
            GalleryName = SandboxSession.Gallery,
            GalleryImageDefinitionName = "golden",
            ImageVersion = "7.0.1",
        });

        Assert.Equal("golden", Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Name = "7.0.1" })).GalleryImageDefinitionName);
        Assert.Equal("7.0.1", Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Name = "7.*" })).Name);
        Assert.Equal("7.0.1", Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { Name = "golden" })).Name);
    }

    public static TheoryData<ImageSourceFilter, string> Missing { get; } = new()
    {
        { new ImageSourceFilter { Publishers = ["Nope"] }, "PublisherNotFound Nope" },
        { new ImageSourceFilter { Publishers = ["Nope"], Offer = "UbuntuServer", Sku = "18" }, "PublisherNotFound Nope" },
        { new ImageSourceFilter { Publishers = ["Canonical", "Nope", "Never"] }, "PublisherNotFound Nope, PublisherNotFound Never" },
        { new ImageSourceFilter { Publishers = ["Canonical"], Offer = "Nope", Sku = "server" }, "OfferNotFound Nope" },
        { new ImageSourceFilter { Publishers = ["Canonical"], Sku = "nope" }, "SkuNotFound nope" },
        { new ImageSourceFilter { Publishers = ["Canonical"], Sku = "server", Version = "1.1.1" }, "ImageVersionNotFound 1.1.1" },
        { new ImageSourceFilter { GalleryName = "nope" }, "GalleryNotFound nope" },
        { new ImageSourceFilter { CommunityGalleries = ["nope-1"] }, "GalleryNotFound nope-1" },
        { new ImageSourceFilter { Name = "nope" }, "ImageSourceNotFound nope" },
        { new ImageSourceFilter { Name = "9.9.9" }, "ImageSourceNotFound 9.9.9" },
        { new ImageSourceFilter { Name = "win11-24h2-pro", OsType = "Linux" }, "ImageSourceNotFound win11-24h2-pro" },
        { new ImageSourceFilter { Kinds = [ImageSourceKind.ManagedImage], Name = "nope", Publishers = ["Nope"] }, "ImageSourceNotFound nope" },
        { new ImageSourceFilter { Publishers = ["Nope*"] }, string.Empty },
        { new ImageSourceFilter { Publishers = ["Canonical"], Offer = "No?e", Sku = "[x]" }, string.Empty },
        { new ImageSourceFilter { Name = "nope*" }, string.Empty },
        { new ImageSourceFilter { Publishers = ["Canonical"], OsType = "Windows" }, string.Empty },
    };

    [Theory]
    [MemberData(nameof(Missing), DisableDiscoveryEnumeration = true)]
    public async Task Each_exact_name_that_does_not_exist_is_told_and_no_pattern_that_matched_nothing(ImageSourceFilter filter, string expected)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        List<ImageServiceException> missing = [];
        await foreach (ImageSource _ in new ImageSourceService(sandbox.Session).FindAsync(filter, sandbox.Context, missing.Add))
        {
            // To its end.
        }

        Assert.Equal(expected, string.Join(", ", missing.Select(error => $"{error.ErrorId} {error.Target}")));
        Assert.All(missing, error => Assert.Equal(ErrorKind.NotFound, error.Kind));
    }

    [Fact]
    public async Task A_version_is_a_source_when_it_is_made_and_not_before()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.CopyOsDiskAsync()).ToString();
        await sandbox.PublishAsync(PublishSources.Request with { SourceId = disk, ImageVersion = "1.0.0" });
        CapturedImage underWay = await sandbox.PublishAsync(PublishSources.Request with { SourceId = disk, ImageVersion = "2.0.0", NoWait = true });
        sandbox.Wire.Alter = (_, document) =>
        {
            foreach (JsonNode version in (document["value"] as JsonArray ?? []).Select(entry => entry!).Where(entry => (string?)entry["name"] == "2.0.0"))
            {
                version["properties"]!["provisioningState"] = "Creating";
            }
        };

        Assert.Equal("1.0.0", Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { GalleryName = SandboxSession.Gallery, Name = PublishSources.Definition })).Name);
        sandbox.Wire.Alter = null;
        await sandbox.WaitForAsync(new VersionWaitRequest { VersionId = underWay.Id });
        Assert.Equal("2.0.0", Assert.Single(await FindAsync(sandbox, new ImageSourceFilter { GalleryName = SandboxSession.Gallery, Name = PublishSources.Definition })).Name);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Assert.Empty(await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["NoSuchPublisher"] }));
        Assert.Empty(await FindAsync(sandbox, new ImageSourceFilter { Publishers = ["NoSuch*"] }));
        Assert.Empty(await FindAsync(sandbox, new ImageSourceFilter { Name = "no-such-image" }));
    }

    [Fact]
    public async Task A_reader_may_stop_early()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await foreach (ImageSource source in new ImageSourceService(sandbox.Session).FindAsync(new ImageSourceFilter { Kinds = [ImageSourceKind.Marketplace] }, sandbox.Context))
        {
            Assert.Equal(ImageSourceKind.Marketplace, source.Kind);
            break;
        }
    }

    [Fact]
    public async Task Every_kind_that_is_offered_can_be_listed()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        foreach (ImageSourceKind kind in Enum.GetValues<ImageSourceKind>())
        {
            Assert.All(await FindAsync(sandbox, new ImageSourceFilter { Kinds = [kind] }), source => Assert.Equal(kind, source.Kind));
        }
    }

    private static async Task<List<ImageSource>> FindAsync(SandboxSession sandbox, ImageSourceFilter filter)
    {
        List<ImageSource> sources = [];
        await foreach (ImageSource source in new ImageSourceService(sandbox.Session).FindAsync(filter, sandbox.Context))
        {
            sources.Add(source);
        }

        return sources;
    }
}
