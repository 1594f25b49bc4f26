using AzImageTools.Disks;

namespace AzImageTools.Services.Session;

/// <summary>An Azure cloud and where its services are.</summary>
public sealed record CloudEnvironment
{
    private CloudEnvironment(string name, string resourceManager, string authority, string storageSuffix)
    {
        Name = name;
        ResourceManagerEndpoint = new Uri(resourceManager);
        AuthorityHost = new Uri(authority);
        StorageEndpointSuffix = storageSuffix;
    }

    /// <summary>Azure's public cloud.</summary>
    public static CloudEnvironment AzureCloud { get; } = new(
        "AzureCloud", "https://management.azure.com/", "https://login.microsoftonline.com/", "core.windows.net");

    /// <summary>The cloud of the government of the United States.</summary>
    public static CloudEnvironment AzureUSGovernment { get; } = new(
        "AzureUSGovernment", "https://management.usgovcloudapi.net/", "https://login.microsoftonline.us/", "core.usgovcloudapi.net");

    /// <summary>The cloud that 21Vianet runs in China.</summary>
    public static CloudEnvironment AzureChinaCloud { get; } = new(
        "AzureChinaCloud", "https://management.chinacloudapi.cn/", "https://login.chinacloudapi.cn/", "core.chinacloudapi.cn");

    /// <summary>All clouds known.</summary>
    public static IReadOnlyList<CloudEnvironment> All { get; } = [AzureCloud, AzureUSGovernment, AzureChinaCloud];

    /// <summary>The name that Az PowerShell gives it.</summary>
    public string Name { get; }

    /// <summary>Where Resource Manager answers; also the audience of its tokens.</summary>
    public Uri ResourceManagerEndpoint { get; }

    /// <summary>Where credentials are exchanged for tokens.</summary>
    public Uri AuthorityHost { get; }

    /// <summary>What follows <c>ACCOUNT.blob.</c> in a storage account's host name.</summary>
    public string StorageEndpointSuffix { get; }

    /// <summary>Finds a cloud by its name.</summary>
    /// <param name="name">Such as <c>AzureUSGovernment</c>, in any case.</param>
    /// <exception cref="ImageServiceException">There is no such cloud (UnknownEnvironment).</exception>
    public static CloudEnvironment Find(string name)
        => All.FirstOrDefault(cloud => string.Equals(cloud.Name, name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ImageServiceException(
                "UnknownEnvironment",
                ErrorKind.InvalidArgument,
                $"There is no Azure environment called '{name}'.",
                $"Use one of {string.Join(", ", All.Select(cloud => cloud.Name))}.",
                name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
