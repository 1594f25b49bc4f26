using System.Runtime.InteropServices;

namespace AzImageTools.Services.Session;

/// <summary>Which token is wanted of a <see cref="ConnectRequest.TokenProvider"/>.</summary>
/// <param name="Resource">The service it is for, such as <c>https://management.azure.com/</c>.</param>
/// <param name="TenantId">The tenant; null for the provider's own.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccessTokenQuery(string Resource, string? TenantId);
