using System.Collections.Concurrent;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Session;
using AzImageTools.Services.Sources;
using AzImageTools.Services.Tests.Plans;

namespace AzImageTools.Services.Tests.Sources;

/// <summary>Searches in a generated Marketplace of some size.</summary>
public sealed class MarketplaceSearchTests : IDisposable
{
    private const int Publishers = 30;
    private static readonly SandboxMarketplace Size = new() { Publishers = Publishers, Offers = 90, Skus = 250, Versions = 1000 };

    private readonly string _folder = Directory.CreateTempSubdirectory("search").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task All_publishers_are_looked_through_by_a_wildcard_with_a_call_a_SKU()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        List<ImageSource> found = await searched.FindAsync(new ImageSourceFilter { Publishers = ["*"], IncludeDeprecated = true });

        // The seeded Marketplace has 5 publishers, 7 offers and 15 SKUs more.
        Assert.Equal(250 + 15, found.Select(source => source.Urn).Distinct().Count());
        Assert.Equal(found.Count, found.Select(source => source.Urn).Distinct().Count());
        Assert.Equal(1 + (30 + 5) + (90 + 7) + (250 + 15), searched.Reads.Count(path => path.Contains("/publishers", StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task The_latest_is_the_newest_by_its_numbers()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        ImageSourceFilter filter = new() { Publishers = ["contoso00000"], IncludeDeprecated = true };
        List<ImageSource> latest = await searched.FindAsync(filter with { Version = "latest" });
        List<ImageSource> all = await searched.FindAsync(filter with { AllVersions = true });

        Assert.True(all.Count > latest.Count);
        Assert.Equal(
            all.GroupBy(source => (source.Offer, source.Sku)).Select(sku => sku.OrderByDescending(source => System.Version.Parse(source.Version!)).First().Urn).Order(StringComparer.Ordinal),
            latest.Select(source => source.Urn).Order(StringComparer.Ordinal));
        Assert.Contains(latest, source => System.Version.Parse(source.Version!).Minor >= 10);
    }

    [Fact]
    public async Task A_search_ranks_over_the_names_of_all_publishers()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        List<ImageSource> found = await searched.FindAsync(new ImageSourceFilter { Search = "sql server enterprise", Kinds = [ImageSourceKind.Marketplace] });
        Assert.NotEmpty(found);
        Assert.All(found, source => Assert.Contains("sql", source.Urn, StringComparison.OrdinalIgnoreCase));
        Assert.All(found, source => Assert.Contains("enterprise", source.Urn, StringComparison.OrdinalIgnoreCase));

        Assert.Equal("ubuntu-24_04-lts", (await searched.FindAsync(new ImageSourceFilter { Search = "ubuntu 24.04", Kinds = [ImageSourceKind.Marketplace] }))[0].Offer);
        List<ImageSource> applications = await searched.FindAsync(new ImageSourceFilter { Application = "SQL Server", OsType = "Windows", Kinds = [ImageSourceKind.Marketplace] });
        Assert.NotEmpty(applications);
        Assert.All(applications, source => Assert.Contains("sql", source.Offer, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TrustedLaunch")]
    [InlineData("Standard")]
    public async Task Images_are_filtered_by_what_they_can(string security)
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        ImageSourceFilter filter = new() { Publishers = ["*"] };
        List<ImageSource> all = await searched.FindAsync(filter);
        List<ImageSource> secure = await searched.FindAsync(filter with { SecurityType = security });
        Assert.Equal(all.Count(source => security == "Standard" || source.SecurityType == "TrustedLaunchSupported"), secure.Count);

        List<ImageSource> nvme = await searched.FindAsync(filter with { DiskControllerType = "NVMe" });
        Assert.Equal(all.Count(source => source.HyperVGeneration == "V2"), nvme.Count);

        // Version 6 starts generation 2 behind NVMe alone; Cobalt is Arm64.
        List<ImageSource> fitting = await searched.FindAsync(filter with { FitsSize = "Standard_D2ps_v6" });
        Assert.Equal(all.Where(source => source.Architecture == "Arm64").Select(source => source.Urn), fitting.Select(source => source.Urn));
        ImageServiceException none = await Assert.ThrowsAsync<ImageServiceException>(() => searched.FindAsync(filter with { FitsSize = "Standard_Nope" }));
        Assert.Equal("SizeNotFound", none.ErrorId);
    }

    [Fact]
    public async Task Plans_tell_whether_their_terms_are_accepted()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions());
        ImageSourceFilter filter = new() { Publishers = ["cognosys"] };
        Assert.False(Assert.Single(await searched.FindAsync(filter)).TermsAccepted);
        using HttpClient client = searched.CreateClient();
        using HttpResponseMessage signed = await client.PostAsync(
            new Uri($"https://management.azure.com/subscriptions/{searched.Cloud.SubscriptionId}/providers/Microsoft.MarketplaceOrdering/agreements/cognosys/offers/rocky-linux-9/plans/rocky-linux-9/sign?api-version=2021-01-01"), content: null);
        signed.EnsureSuccessStatusCode();
        Assert.True(Assert.Single(await searched.FindAsync(filter)).TermsAccepted);
    }

    [Fact]
    public async Task What_was_read_is_kept_for_later_sessions_until_it_is_refreshed()
    {
        using SandboxCloud cloud = new(new SandboxOptions { Marketplace = Size });
        ImageSourceFilter filter = new() { Publishers = ["*"], Location = "westeurope" };
        List<ImageSource> first;
        using (Searched searched = await Searched.StartAsync(cloud, _folder))
        {
            first = await searched.FindAsync(filter);
        }

        using Searched later = await Searched.StartAsync(cloud, _folder);
        List<ImageSource> second = await later.FindAsync(filter);
        Assert.Equal(first.Select(source => source.Urn), second.Select(source => source.Urn));
        Assert.Equal(first.Select(source => (source.OsType, source.EndOfLife, source.OsDiskSizeGB)), second.Select(source => (source.OsType, source.EndOfLife, source.OsDiskSizeGB)));
        Assert.DoesNotContain(later.Reads, path => path.Contains("/publishers", StringComparison.OrdinalIgnoreCase));

        await later.FindAsync(filter with { Publishers = ["Canonical"], Refresh = true });
        Assert.Contains(later.Reads, path => path.Contains("/publishers/Canonical", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_cache_that_was_damaged_costs_reading_again_and_nothing_else()
    {
        using SandboxCloud cloud = new(new SandboxOptions { Marketplace = Size });
        ImageSourceFilter filter = new() { Publishers = ["Canonical"], Location = "westeurope" };
        using (Searched searched = await Searched.StartAsync(cloud, _folder))
        {
            await searched.FindAsync(filter);
        }

        foreach (string file in Directory.GetFiles(_folder))
        {
            string[] lines = await File.ReadAllLinesAsync(file);
            await File.WriteAllLinesAsync(file, lines.Select((line, index) => index % 2 == 0 ? line[..(line.Length / 2)] : """{"k":"Canonical","t":99999999999,"n":null}"""));
        }

        using Searched later = await Searched.StartAsync(cloud, _folder);
        Assert.NotEmpty(await later.FindAsync(filter));
    }

    [Fact]
    public async Task A_tenth_of_all_calls_refused_costs_time_and_no_image()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        ImageSourceFilter filter = new() { Publishers = ["*"], Location = "westeurope", Refresh = true };
        List<ImageSource> all = await searched.FindAsync(filter);
        for (int call = 9; call < 900; call += 10)
        {
            searched.Cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Status = 429, PathPart = "/publishers", After = call, RetryAfter = TimeSpan.Zero });
        }

        List<ImageSource> despite = await searched.FindAsync(filter);
        Assert.Equal(all.Select(source => source.Urn), despite.Select(source => source.Urn));
        Assert.Contains(searched.Statuses, status => status == 429);
        Assert.Empty(searched.Log.Warnings);
    }

    [Fact]
    public async Task A_publisher_that_can_not_be_read_costs_a_warning()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        ImageSourceFilter filter = new() { Publishers = ["*"], Location = "westeurope" };
        searched.Cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Status = 500, PathPart = "/publishers/contoso00010/", Times = 1000 });

        List<ImageSource> found = await searched.FindAsync(filter);
        Assert.DoesNotContain(found, source => source.Publisher == "contoso00010");
        Assert.True(found.Select(source => source.Publisher).Distinct().Count() >= Publishers);
        Assert.Contains("contoso00010", Assert.Single(searched.Log.Warnings), StringComparison.Ordinal);

        List<ImageServiceException> missing = [];
        Assert.Empty(await searched.FindAsync(new ImageSourceFilter { Publishers = ["contoso00010"], Location = "westeurope" }, missing.Add));
        Assert.Empty(missing);
    }

    [Fact]
    public async Task A_region_without_a_Marketplace_costs_warnings_and_not_the_listing()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions());
        List<ImageServiceException> missing = [];
        Assert.Empty(await searched.FindAsync(new ImageSourceFilter { Name = "ubuntu", Location = "nowhere" }, missing.Add));
        Assert.Empty(missing);
        Assert.Contains(searched.Log.Warnings, warning => warning.StartsWith("Marketplace is not looked through in 'nowhere'.", StringComparison.Ordinal) && warning.Contains("westeurope", StringComparison.Ordinal));

        List<ImageSource> found = await searched.FindAsync(new ImageSourceFilter { Publishers = ["Canonical"], Locations = ["nowhere", "westeurope", "northeurope"] }, missing.Add);
        Assert.Equal(["northeurope", "westeurope"], found.Select(source => source.Location).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(found.Count(source => source.Location == "westeurope"), found.Count(source => source.Location == "northeurope"));
        Assert.Empty(missing);
        Assert.Contains(await searched.FindAsync(new ImageSourceFilter { Kinds = [ImageSourceKind.Gallery], Locations = ["nowhere", "West Europe"] }), source => source.Kind == ImageSourceKind.Gallery);
        Assert.Empty(await searched.FindAsync(new ImageSourceFilter { Kinds = [ImageSourceKind.Gallery], Locations = ["nowhere", "eastus"] }));
    }

    [Fact]
    public async Task The_first_image_is_there_after_four_round_trips()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size });
        await foreach (ImageSource source in searched.Service.FindAsync(new ImageSourceFilter { Publishers = ["c?ntoso*"], Location = "westeurope" }, searched.Context))
        {
            Assert.StartsWith("contoso", source.Publisher, StringComparison.Ordinal);
            break;
        }

        // What runs beside counts as one: publishers, offers, SKUs, versions.
        Assert.Equal(["publishers", "offers", "skus", "versions"], searched.Reads.Where(path => path.Contains("/publishers", StringComparison.OrdinalIgnoreCase)).Select(path => path[(path.LastIndexOf('/') + 1)..].ToLowerInvariant()).Distinct());
    }

    [Fact]
    public async Task No_more_is_asked_than_the_documented_throttle_allows()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size, Throttles = true });
        List<ImageSource> found = await searched.FindAsync(new ImageSourceFilter { Publishers = ["*"], Location = "westeurope" });
        Assert.True(found.Count > 250);
        Assert.True(searched.Reads.Count > 300, $"{searched.Reads.Count} reads");
        Assert.DoesNotContain(429, searched.Statuses);
    }

    [Fact]
    public async Task A_search_ends_when_it_is_cancelled()
    {
        using Searched searched = await Searched.StartAsync(new SandboxOptions { Marketplace = Size, Latency = TimeSpan.FromMilliseconds(200) });
        using CancellationTokenSource stop = new(TimeSpan.FromMilliseconds(500));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (ImageSource _ in searched.Service.FindAsync(new ImageSourceFilter { Publishers = ["*"], Location = "westeurope" }, searched.Context with { Cancellation = stop.Token }))
            {
                // To its end.
            }
        });
    }

    /// <summary>A session that notes what it reads.</summary>
    private sealed class Searched : IDisposable
    {
        private readonly bool _ownsCloud;
        private readonly Counter _counter;

        private Searched(SandboxCloud cloud, bool ownsCloud, Counter counter, ImageSession session)
        {
            Cloud = cloud;
            _ownsCloud = ownsCloud;
            _counter = counter;
            Session = session;
        }

        public SandboxCloud Cloud { get; }

        public ImageSession Session { get; }

        public RecordingLog Log { get; } = new();

        public ImageSourceService Service => new(Session);

        public OperationContext Context => new() { Log = Log };

        public IReadOnlyCollection<string> Reads => _counter.Reads;

        public IReadOnlyCollection<int> Statuses => _counter.Statuses;

        public static Task<Searched> StartAsync(SandboxOptions options) => StartAsync(new SandboxCloud(options), folder: null, ownsCloud: true);

        public static Task<Searched> StartAsync(SandboxCloud cloud, string folder) => StartAsync(cloud, folder, ownsCloud: false);

        public async Task<List<ImageSource>> FindAsync(ImageSourceFilter filter, Action<ImageServiceException>? missing = null)
        {
            List<ImageSource> found = [];
            await foreach (ImageSource source in Service.FindAsync(filter, Context, missing))
            {
                found.Add(source);
            }

            return found;
        }

        public HttpClient CreateClient()
        {
            HttpClient client = new(Cloud.CreateHandler());
            client.DefaultRequestHeaders.Authorization = new("Bearer", "test");
            return client;
        }

        public void Dispose()
        {
            Session.Dispose();
            if (_ownsCloud)
            {
                Cloud.Dispose();
            }
        }

        private static async Task<Searched> StartAsync(SandboxCloud cloud, string? folder, bool ownsCloud)
        {
            Counter counter = new(cloud.CreateHandler());
            ImageSession session = await ImageSession.ConnectAsync(new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = counter, CacheFolder = folder }, OperationContext.None);
            counter.Reads.Clear();
            counter.Statuses.Clear();
            return new Searched(cloud, ownsCloud, counter, session);
        }
    }

    private sealed class Counter(HttpMessageHandler cloud) : DelegatingHandler(cloud)
    {
        public ConcurrentQueue<string> Reads { get; } = new();

        public ConcurrentQueue<int> Statuses { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Reads.Enqueue(request.RequestUri!.AbsolutePath);
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken);
            Statuses.Enqueue((int)response.StatusCode);
            return response;
        }
    }
}
