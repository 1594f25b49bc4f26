using System.Globalization;

namespace AzImageTools.Benchmarks;

/// <summary>How much Azure takes in a second, by its documentation.</summary>
/// <param name="Name">The table's column.</param>
/// <param name="BytesPerSecond">How many bytes.</param>
/// <param name="RequestsPerSecond">How many requests; for a managed disk, its IOPS.</param>
internal sealed record TransferLimits(string Name, double BytesPerSecond, double RequestsPerSecond)
{
    /// <summary>What is taken at once is not documented; here it is what this time takes.</summary>
    public const double SecondsAtOnce = 1;

    private const double Megabyte = 1e6;

    /// <summary>A page blob (Microsoft Learn, "Scalability and performance targets for Blob storage").</summary>
    public static TransferLimits PageBlob { get; } = new("page blob", 60 << 20, 500);

    /// <summary>
    /// Managed disks of some sizes: what they have provisioned, without bursts, or take at most (Microsoft Learn, "Azure managed disk types", premium SSD and standard HDD sizes). That is what a
    /// machine gets of them; how fast a direct upload may be is documented for none.
    /// </summary>
    public static IReadOnlyList<TransferLimits> ManagedDisks { get; } =
    [
        new("premium SSD P4, 32 GiB", 25 * Megabyte, 120),
        new("standard HDD S10, 128 GiB", 60 * Megabyte, 500),
        new("premium SSD P10, 128 GiB", 100 * Megabyte, 500),
        new("premium SSD P20, 512 GiB", 150 * Megabyte, 2300),
        new("premium SSD P30, 1 TiB", 200 * Megabyte, 5000),
        new("premium SSD P50, 4 TiB", 250 * Megabyte, 7500),
    ];

    /// <summary>How many seconds there is no way round.</summary>
    public double Least(double bytes, double requests) => Math.Max(bytes / BytesPerSecond, requests / RequestsPerSecond) - SecondsAtOnce;

    /// <summary>Reads what <see cref="ToArgument"/> makes.</summary>
    public static TransferLimits Parse(string argument)
        => argument.Split('/') is [_, string bytes, string requests]
            ? new(string.Empty, double.Parse(bytes, CultureInfo.InvariantCulture), double.Parse(requests, CultureInfo.InvariantCulture))
            : throw new FormatException($"{argument} are no limits.");

    /// <summary>As an argument of a process.</summary>
    public string ToArgument() => string.Create(CultureInfo.InvariantCulture, $"{PageSink.Limited}/{BytesPerSecond}/{RequestsPerSecond}");
}
