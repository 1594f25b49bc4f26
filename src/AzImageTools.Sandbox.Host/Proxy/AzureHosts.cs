namespace AzImageTools.Sandbox.Host.Proxy;

/// <summary>Which hosts are Azure's.</summary>
internal static class AzureHosts
{
    private const int LongestName = 253;

    /// <summary>Domains of the services, the sign-in and the storage of Azure, Azure Government and Azure in China.</summary>
    private static readonly string[] Domains =
    [
        "azure.cn", "azure.com", "azure.net", "azure.us", "chinacloudapi.cn", "graph.microsoft.com", "microsoftonline.com", "microsoftonline.us",
        "microsoftonline-p.com", "partner.microsoftonline.cn", "usgovcloudapi.net", "windows.net",
    ];

    /// <summary>Whether a name is one of Azure's, and one at all.</summary>
    public static bool Contains(string host)
        => host.Length <= LongestName
            && Uri.CheckHostName(host) == UriHostNameType.Dns
            && Array.Exists(Domains, domain => host.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
                && (host.Length == domain.Length || host[host.Length - domain.Length - 1] == '.'));
}
