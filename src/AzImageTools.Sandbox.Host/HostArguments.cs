using System.Globalization;

namespace AzImageTools.Sandbox.Host;

/// <summary>What the command line asks for.</summary>
internal sealed record HostArguments
{
    /// <summary>The last line that is printed before requests are taken. A comment to shells, like all that is no <c>NAME=value</c>.</summary>
    public const string ReadyLine = "# READY";

    public const string Usage = """
        The sandbox of AzImageTools for any client of Azure: a proxy on this machine whose tunnels all end in a simulated Azure.
        Prints NAME=value lines, the environment of a client, then "# READY". Ends with Ctrl+C or SIGTERM.

          --port N          the proxy's port on 127.0.0.1; any free one by default
          --log FILE        a line for each request: time, method, host, path, version or component, status; no query, no secret
          --state FOLDER    keep all that is there in a folder, for the next host or session that names it; by default nowhere
          --retry-after N   the seconds that Retry-After asks of those who wait for an operation; 1 by default
          --page-size N     the most items of a list's page, to see whether a client reads all pages; Azure's own by default
          --latency MS      how many milliseconds every request takes longer
          --marketplace     a Marketplace of the size of a region's: 2,000 publishers, 8,000 offers, 25,000 SKUs, 120,000 versions
          --throttle        refuse more requests than Azure's documented limits allow
          --check-answers   for those who work on the sandbox: an answer that differs from Azure's own types is a 500 that names the difference, in the log too
          --help            this text
        """;

    public bool WantsHelp { get; init; }

    public int Port { get; init; }

    public string? LogFile { get; init; }

    public TimeSpan Latency { get; init; }

    public bool HasMarketplace { get; init; }

    public bool Throttles { get; init; }

    public string? StateFolder { get; init; }

    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    public int? PageSize { get; init; }

    public bool ChecksAnswers { get; init; }

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is not as <see cref="Usage"/> says.</exception>
    public static HostArguments Parse(IReadOnlyList<string> arguments)
    {
        HostArguments parsed = new();
        for (int at = 0; at < arguments.Count; at++)
        {
            parsed = arguments[at] switch
            {
                "--help" or "-h" or "-?" => parsed with { WantsHelp = true },
                "--port" => parsed with { Port = Number(ushort.MaxValue) },
                "--log" => parsed with { LogFile = Value() },
                "--state" => parsed with { StateFolder = Value() },
                "--retry-after" => parsed with { RetryAfter = TimeSpan.FromSeconds(Number(3600)) },
                "--page-size" => parsed with { PageSize = Math.Max(1, Number(5000)) },
                "--latency" => parsed with { Latency = TimeSpan.FromMilliseconds(Number(60_000)) },
                "--marketplace" => parsed with { HasMarketplace = true },
                "--throttle" => parsed with { Throttles = true },
                "--check-answers" => parsed with { ChecksAnswers = true },
                string other => throw new FormatException($"There is no option {other}."),
            };

            string Value() => ++at < arguments.Count ? arguments[at] : throw new FormatException($"{arguments[at - 1]} needs a value.");

            int Number(int most)
            {
                string name = arguments[at], text = Value();
                return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most
                    ? number
                    : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{name} takes a number from 0 to {most}, not '{text}'."));
            }
        }

        return parsed;
    }
}
