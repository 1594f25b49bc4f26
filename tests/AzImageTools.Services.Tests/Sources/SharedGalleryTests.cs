using System.Net;
using System.Text;
using AzImageTools.Services.Images;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using AzImageTools.Services.Tests.Session;

namespace AzImageTools.Services.Tests.Sources;

/// <summary>Answers are shaped as communityGalleryExamples and sharedGalleryExamples of the published API 2022-03-03.</summary>
public sealed class SharedGalleryTests
{
    private const string Subscription = "11111111-1111-1111-1111-111111111111";
    private const string Compute = $"/subscriptions/{Subscription}/providers/Microsoft.Compute/locations/westeurope";

    private const string Image = """
        {"value":[{"properties":{"osType":"Linux","osState":"Generalized","hyperVGeneration":"V2","architecture":"Arm64",
         "identifier":{"publisher":"p","offer":"o","sku":"s"},"features":[{"name":"SecurityType","value":"TrustedLaunchSupported"}],
         "purchasePlan":{"name":"n","publisher":"p","product":"d"}},
         "location":"westeurope","name":"flatcar","identifier":{"uniqueId":"/KIND/contoso-123/Images/flatcar"}}]}
        """;

    private const string Versions = """
        {"value":[
         {"properties":{"publishedDate":"2024-03-20T09:12:28Z","endOfLifeDate":"2030-03-20T09:12:28Z","excludeFromLatest":false,
           "storageProfile":{"osDiskImage":{"diskSizeGB":29,"hostCaching":"None"}}},
           "location":"westeurope","name":"3.9.0","identifier":{"uniqueId":"/KIND/contoso-123/Images/flatcar/Versions/3.9.0"}},
         {"properties":{"publishedDate":"2024-04-20T09:12:28Z","endOfLifeDate":"2030-03-20T09:12:28Z","excludeFromLatest":false,
           "storageProfile":{"osDiskImage":{"diskSizeGB":29,"hostCaching":"None"}}},
           "location":"westeurope","name":"3.10.0","identifier":{"uniqueId":"/KIND/contoso-123/Images/flatcar/Versions/3.10.0"}},
         {"properties":{"publishedDate":"2024-05-20T09:12:28Z","excludeFromLatest":true,
           "storageProfile":{"osDiskImage":{"diskSizeGB":29,"hostCaching":"None"}}},
           "location":"westeurope","name":"4.0.0","identifier":{"uniqueId":"/KIND/contoso-123/Images/flatcar/Versions/4.0.0"}}]}
        """;

    [Theory]
    [InlineData(ImageSourceKind.CommunityGallery, "CommunityGalleries")]
    [InlineData(ImageSourceKind.SharedGallery, "SharedGalleries")]
    public async Task A_gallery_of_others_yields_its_latest_version(ImageSourceKind kind, string path)
    {
        using ImageSession session = await ConnectAsync(path);
        ImageSourceFilter filter = kind == ImageSourceKind.CommunityGallery
            ? new ImageSourceFilter { Location = "West Europe", CommunityGalleries = ["contoso-123"] }
            : new ImageSourceFilter { Location = "West Europe", SharedGalleries = ["contoso-123"] };

        ImageSource source = Assert.Single(await FindAsync(session, filter));

        Assert.Equal(kind, source.Kind);
        Assert.Equal($"/{path}/contoso-123/Images/flatcar/Versions/3.10.0", source.Id);
        Assert.Equal("3.10.0", source.Name);
        Assert.Equal("contoso-123", source.GalleryName);
        Assert.Equal("flatcar", source.GalleryImageDefinitionName);
        Assert.Equal("westeurope", source.Location);
        Assert.Equal("Linux", source.OsType);
        Assert.Equal("V2", source.HyperVGeneration);
        Assert.Equal("Arm64", source.Architecture);
        Assert.Equal("TrustedLaunchSupported", source.SecurityType);
        Assert.Equal(OsState.Generalized, source.OsState);
        Assert.Equal(new ImagePlan("n", "d", "p"), source.Plan);
        Assert.Equal(new DateTimeOffset(2030, 3, 20, 9, 12, 28, TimeSpan.Zero), source.EndOfLife);
        Assert.Equal(3, (await FindAsync(session, filter with { AllVersions = true })).Count);
    }

    [Fact]
    public async Task All_shared_galleries_are_listed_when_none_is_named()
    {
        using ImageSession session = await ConnectAsync("SharedGalleries");
        ImageSource source = Assert.Single(await FindAsync(session, new ImageSourceFilter { Location = "westeurope", Kinds = [ImageSourceKind.SharedGallery] }));
        Assert.Equal("contoso-123", source.GalleryName);
    }

    [Fact]
    public async Task A_community_gallery_that_is_not_there_yields_nothing()
    {
        using ImageSession session = await ConnectAsync("CommunityGalleries");
        Assert.Empty(await FindAsync(session, new ImageSourceFilter { Location = "westeurope", CommunityGalleries = ["none-1"] }));
    }

    private static async Task<ImageSession> ConnectAsync(string kind)
    {
        ScriptedHandler azure = new((request, _) =>
        {
            string path = request.RequestUri!.AbsolutePath;
            string? body = path switch
            {
                $"/subscriptions/{Subscription}" => $$"""{"id":"/subscriptions/{{Subscription}}","subscriptionId":"{{Subscription}}","displayName":"Test","state":"Enabled"}""",
                _ when path.Equals($"{Compute}/sharedGalleries", StringComparison.OrdinalIgnoreCase) =>
                    """{"value":[{"location":"westeurope","name":"contoso-123","identifier":{"uniqueId":"/SharedGalleries/contoso-123"}}]}""",
                _ when path.Equals($"{Compute}/{kind}/contoso-123/images", StringComparison.OrdinalIgnoreCase) => Image,
                _ when path.Equals($"{Compute}/{kind}/contoso-123/images/flatcar/versions", StringComparison.OrdinalIgnoreCase) => Versions,
                _ => null,
            };
            return new HttpResponseMessage(body is null ? HttpStatusCode.NotFound : HttpStatusCode.OK)
            {
                Content = new StringContent(
                    body?.Replace("KIND", kind) ?? """{"error":{"code":"ResourceNotFound","message":"Not there."}}""", Encoding.UTF8, "application/json"),
            };
        });
        return await ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = azure, SubscriptionId = Subscription }, OperationContext.None);
    }

    private static async Task<List<ImageSource>> FindAsync(ImageSession session, ImageSourceFilter filter)
    {
        List<ImageSource> sources = [];
        await foreach (ImageSource source in new ImageSourceService(session).FindAsync(filter, OperationContext.None))
        {
            sources.Add(source);
        }

        return sources;
    }
}
