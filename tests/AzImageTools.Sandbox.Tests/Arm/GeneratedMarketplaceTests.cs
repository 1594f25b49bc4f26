using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class GeneratedMarketplaceTests : IDisposable
{
    private static readonly SandboxMarketplace Small = new() { Publishers = 20, Offers = 50, Skus = 120, Versions = 400 };

    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public GeneratedMarketplaceTests()
    {
        _client = new SandboxClient(new SandboxOptions { Marketplace = Small, Throttles = true, TimeProvider = _clock, Latency = TimeSpan.FromMilliseconds(1) });
    }

    private string Publishers => $"/subscriptions/{_client.Cloud.SubscriptionId}/providers/Microsoft.Compute/locations/westeurope/publishers";

    public void Dispose() => _client.Dispose();

    [Fact]
    public void It_holds_just_as_much_as_is_asked_and_little_memory()
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var whole = GeneratedMarketplace.Of(new SandboxMarketplace());
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 1 << 20);

        var offers = whole.Publishers.SelectMany(publisher => whole.Offers(publisher).Select(offer => (publisher, offer))).ToList();
        var skus = offers.SelectMany(offer => whole.Skus(offer.publisher, offer.offer).Select(sku => (offer.publisher, offer.offer, sku))).ToList();
        Assert.Equal((2_000, 8_000, 25_000), (whole.Publishers.Count(), offers.Count, skus.Count));
        Assert.Equal(120_000, skus.Sum(sku => whole.Images(sku.publisher, sku.offer, sku.sku).Count()));
        Assert.Equal(25_000, skus.Distinct().Count());
    }

    [Fact]
    public async Task What_is_listed_can_be_read_and_what_is_not_there_can_not()
    {
        foreach (var publisher in (await List(Publishers)).Where(name => name.Length > 5 && char.IsDigit(name[^1])))
        {
            var offers = $"{Publishers}/{publisher}/artifacttypes/vmimage/offers";
            foreach (var offer in await List(offers))
            {
                var skus = await List($"{offers}/{offer}/skus");
                Assert.NotEmpty(skus);
                var versions = await Get($"{offers}/{offer}/skus/{skus[0]}/versions", "&$expand=properties");
                Assert.All(versions.AsArray(), version => Assert.NotNull(version!["properties"]!["osDiskImage"]));
                _clock.Advance(TimeSpan.FromSeconds(1));
            }
        }

        using var missing = await _client.Send("GET", $"{Publishers}/contoso99999/artifacttypes/vmimage/offers?api-version=2023-07-01");
        Assert.Equal(404, (int)missing.StatusCode);
    }

    [Fact]
    public async Task More_reads_than_the_bucket_holds_are_refused_until_it_fills()
    {
        var statuses = new List<int>();
        for (var call = 0; call < 252; call++)
        {
            using var response = await _client.Send("GET", $"{Publishers}?api-version=2023-07-01");
            statuses.Add((int)response.StatusCode);
            Assert.Equal(Math.Max(0, 249 - call).ToString(System.Globalization.CultureInfo.InvariantCulture), response.Headers.GetValues("x-ms-ratelimit-remaining-subscription-reads").Single());
        }

        Assert.Equal(250, statuses.Count(status => status == 200));
        Assert.Equal([429, 429], statuses.Skip(250));
        _clock.Advance(TimeSpan.FromSeconds(2));
        for (var call = 0; call < 50; call++)
        {
            await Get(Publishers);
        }

        using var refused = await _client.Send("GET", $"{Publishers}?api-version=2023-07-01");
        Assert.Equal((429, "SubscriptionRequestsThrottled"), ((int)refused.StatusCode, await SandboxClient.ErrorCode(refused)));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
    }

    private async Task<List<string>> List(string path) => [.. (await Get(path)).AsArray().Select(item => item!["name"]!.GetValue<string>())];

    private async Task<JsonNode> Get(string path, string query = "")
    {
        using var response = await _client.Send("GET", $"{path}?api-version=2023-07-01{query}");
        Assert.True(response.IsSuccessStatusCode, path);
        return await SandboxClient.Json(response);
    }
}
