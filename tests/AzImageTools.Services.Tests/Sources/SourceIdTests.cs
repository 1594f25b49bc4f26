using AzImageTools.Services.Sources;

namespace AzImageTools.Services.Tests.Sources;

public sealed class SourceIdTests
{
    private const string Group = "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.Compute";

    [Theory]
    [InlineData(Group + "/images/golden", ImageSourceKind.ManagedImage, "golden", null)]
    [InlineData(Group + "/galleries/g/images/d", ImageSourceKind.Gallery, "d", null)]
    [InlineData(Group + "/galleries/g/images/d/versions/1.0.0", ImageSourceKind.Gallery, "d", "1.0.0")]
    [InlineData("/CommunityGalleries/pub-1/Images/i/Versions/latest", ImageSourceKind.CommunityGallery, "i", "latest")]
    [InlineData("/SharedGalleries/uni/Images/i", ImageSourceKind.SharedGallery, "i", null)]
    public void An_id_is_read_as_what_has_to_be_looked_for(string id, ImageSourceKind kind, string name, string? version)
    {
        (ImageSourceFilter filter, _) = SourceId.Read(id, new ImageSourceFilter { AcrossSubscriptions = true });
        Assert.Equal((kind, name, version), (Assert.Single(filter.Kinds), filter.Name, filter.Version));
    }

    [Fact]
    public void The_id_of_a_Marketplace_image_tells_its_region_and_subscription()
    {
        (ImageSourceFilter filter, string? subscription) = SourceId.Read(
            "/Subscriptions/s/Providers/Microsoft.Compute/Locations/westeurope/Publishers/Canonical/ArtifactTypes/VMImage/Offers/o/Skus/k/Versions/1.2.3", new ImageSourceFilter());
        Assert.Equal(("s", "westeurope", "Canonical", "o", "k", "1.2.3"), (subscription, filter.Location, Assert.Single(filter.Publishers), filter.Offer, filter.Sku, filter.Version));
    }

    [Theory]
    [InlineData("golden")]
    [InlineData(Group + "/disks/d")]
    [InlineData("")]
    public void What_is_no_image_is_refused(string id)
        => Assert.Equal("ImageIdInvalid", Assert.Throws<ImageServiceException>(() => SourceId.Read(id, new ImageSourceFilter())).ErrorId);

    [Theory]
    [InlineData("Canonical:ubuntu-24_04-lts:server:latest", "latest")]
    [InlineData("Canonical:ubuntu-24_04-lts:server", "latest")]
    [InlineData("Canonical:ubuntu-24_04-lts:server:24.04.202502210", "24.04.202502210")]
    public void A_urn_is_read_with_or_without_a_version(string urn, string version) => Assert.Equal(version, SourceId.OfUrn(urn, new ImageSourceFilter()).Version);

    [Theory]
    [InlineData("a:b")]
    [InlineData("a::c:d")]
    [InlineData("a:b:c:d:e")]
    public void What_is_no_urn_is_refused(string urn) => Assert.Equal("UrnInvalid", Assert.Throws<ImageServiceException>(() => SourceId.OfUrn(urn, new ImageSourceFilter())).ErrorId);
}
