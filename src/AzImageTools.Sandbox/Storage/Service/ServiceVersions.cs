using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>
/// The versions of blob storage's protocol (Microsoft Learn, "Versioning for Azure Storage" and "Previous Azure Storage service versions";
/// the newest from the constants of the .NET SDK 12.30).
/// </summary>
internal static class ServiceVersions
{
    /// <summary>What the answers of requests without a version name.</summary>
    public const string Default = "2023-11-03";

    /// <summary>The first that takes bearer tokens (Microsoft Learn, "Authorize with Microsoft Entra ID").</summary>
    public const string FirstWithTokens = "2017-11-09";

    private const string Header = "x-ms-version";

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "2009-04-14", "2009-07-17", "2009-09-19", "2011-08-18", "2012-02-12", "2013-08-15", "2014-02-14", "2015-02-21", "2015-04-05", "2015-07-08", "2015-12-11",
        "2016-05-31", "2017-04-17", "2017-07-29", "2017-11-09", "2018-03-28", "2018-06-17", "2018-11-09", "2019-02-02", "2019-07-07", "2019-10-10", "2019-12-12",
        "2020-02-10", "2020-04-08", "2020-06-12", "2020-08-04", "2020-10-02", "2020-12-06", "2021-02-12", "2021-04-10", "2021-06-08", "2021-08-06", "2021-10-04",
        "2021-12-02", "2022-11-02", "2023-01-03", "2023-05-03", "2023-08-03", "2023-11-03", "2024-02-04", "2024-05-04", "2024-08-04", "2024-11-04", "2025-01-05",
        "2025-05-05", "2025-07-05", "2025-11-05", "2026-02-06", "2026-04-06", "2026-06-06", "2026-10-06",
    };

    /// <summary>Refuses a version that there is not, or not yet.</summary>
    public static void Check(CloudRequest request, string newest)
    {
        if (request.Header(Header) is { } version && (!Known.Contains(version) || string.CompareOrdinal(version, newest) > 0))
        {
            throw StorageException.InvalidHeader(Header, version);
        }

        if (request.HasBearerToken && string.CompareOrdinal(Of(request) ?? "", FirstWithTokens) < 0)
        {
            throw StorageException.AuthenticationFailed("Authentication scheme Bearer is not supported in this version.");
        }
    }

    /// <summary>The version that a request is made in: the header's, or else that of its signature; null for none.</summary>
    public static string? Of(CloudRequest request)
        => request.Header(Header) is { } version ? version : request.QueryValue("sv") is { Length: > 0 } signed ? signed : null;
}
