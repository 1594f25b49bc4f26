namespace AzImageTools.Sandbox.Configuration;

/// <summary>How a <see cref="SandboxCloud"/> is set up.</summary>
public sealed record SandboxOptions
{
    /// <summary>The clock behind dates, leases and the expiry of access.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Where the bytes of blobs and disks are kept; by default a new temporary folder, removed when the cloud is disposed.</summary>
    public string? StorageFolder { get; init; }

    /// <summary>
    /// Where everything that the cloud holds is kept, for the next cloud that is given the same folder; by default nowhere. Subscriptions, tenant and
    /// region of what is there go before these options. One cloud at a time works in a folder. With it, <see cref="StorageFolder"/> must be null.
    /// </summary>
    public string? StateFolder { get; init; }

    /// <summary>The regions that tell of no availability zones, such as <c>northeurope</c>; by default all have three.</summary>
    public IReadOnlyList<string> RegionsWithoutZones { get; init; } = [];

    /// <summary>How many polls of a long-running operation are answered with "in progress" before the one that tells its end. Questions for what it changes count too.</summary>
    public int OperationPolls { get; init; } = 1;

    /// <summary>
    /// What <c>Retry-After</c> asks of those who poll; whole seconds. Where it is more than zero, an operation also ends for those who only wait,
    /// as if they had asked that often; at zero, time passes by questions alone.
    /// </summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.Zero;

    /// <summary>
    /// What <c>Retry-After</c> asks of those who poll the making of a gallery's image version, whole seconds; null for <see cref="RetryAfter"/>. Azure asks
    /// for 60 seconds there, as recordings of its clients show.
    /// </summary>
    public TimeSpan? VersionRetryAfter { get; init; }

    /// <summary>The subscription's id, a GUID.</summary>
    public string SubscriptionId { get; init; } = "5a4db0c5-0000-4000-8000-000000000001";

    /// <summary>The tenant's id, a GUID.</summary>
    public string TenantId { get; init; } = "5a4db0c5-0000-4000-8000-0000000000aa";

    /// <summary>The subscription's offer, as <see cref="SandboxSubscription.QuotaId"/> has it.</summary>
    public string QuotaId { get; init; } = "MSDN_2014-09-01";

    /// <summary>Further subscriptions, of the same tenant or others. A token that names its tenant (<c>tid</c>) sees those of that tenant, any other all; a seeded cloud has an empty group <c>sandbox-rg</c> in each.</summary>
    public IReadOnlyList<SandboxSubscription> OtherSubscriptions { get; init; } = [];

    /// <summary>How many items a page of a list has at most; null for as many as Azure gives: 50 of a provider's resources, 1,000 of Resource Manager's own lists.</summary>
    public int? PageSize { get; init; }

    /// <summary>How many cores a subscription may have in each region, and of each family of sizes there.</summary>
    public int CoreQuota { get; init; } = 100;

    /// <summary>The region of everything that is there from the start.</summary>
    public string Location { get; init; } = "westeurope";

    /// <summary>Whether the cloud starts with a resource group, virtual machines, a gallery, a storage account and a small Marketplace.</summary>
    public bool Seed { get; init; } = true;

    /// <summary>How much the Marketplace holds beside its few images; null for those alone.</summary>
    public SandboxMarketplace? Marketplace { get; init; }

    /// <summary>How long every request takes longer than the sandbox needs, as the way to Azure does.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>
    /// Whether Resource Manager and Resource Graph refuse more requests than Azure's documented limits allow (429): of Resource Manager 250 reads at once and
    /// 25 a second after them, 200 writes and 10, 200 deletions and 10, of each subscription; of Resource Graph 15 queries in five seconds.
    /// </summary>
    public bool Throttles { get; init; }

    /// <summary>
    /// Whether the bytes that a request sets in motion are copied before it is answered. Azure copies them beside later requests, and so does the sandbox by default; a
    /// <see cref="TimeProvider"/> that runs ahead would run ahead of them too.
    /// </summary>
    public bool CopiesAtOnce { get; init; }

    /// <summary>
    /// Whether a managed disk that is under upload is given write access again, in place of the access given before.
    /// What Azure does is not documented: a tool should work with both.
    /// </summary>
    public bool GrantsWriteAccessAgain { get; init; } = true;

    /// <summary>
    /// Whether the hosts of managed disks give the checksum of a range that is read (<c>x-ms-range-get-content-crc64</c> and its like), or refuse
    /// to be asked. What Azure does is not documented: a tool should work with both.
    /// </summary>
    public bool DiskHostsGiveRangeSums { get; init; } = true;

    /// <summary>
    /// Whether an answer of Resource Manager that differs from Azure's own types ends in an <see cref="InvalidOperationException"/> at the client,
    /// which names the difference. For those who work on the sandbox: as the switch AzImageTools.Sandbox.ChecksAnswers of this process says.
    /// </summary>
    public bool ChecksAnswers { get; init; } = AppContext.TryGetSwitch("AzImageTools.Sandbox.ChecksAnswers", out var isOn) && isOn;

    /// <summary>The newest version of blob storage's protocol (<c>x-ms-version</c>) that is taken, as in a region where later ones are not deployed yet.</summary>
    public string NewestStorageVersion { get; init; } = "2026-10-06";

    /// <summary>The cloud's own subscription, and the others after it.</summary>
    internal IEnumerable<SandboxSubscription> Subscriptions
        => OtherSubscriptions.Prepend(new SandboxSubscription { SubscriptionId = SubscriptionId, TenantId = TenantId, QuotaId = QuotaId });
}
