using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>
/// Finds out which data action a sign-in lacked that blob storage refused (Microsoft Learn, "Authorize with Microsoft Entra ID", permissions
/// for blob service operations): the answer itself does not say.
/// </summary>
internal sealed class DataActionPolicy : HttpPipelineSynchronousPolicy
{
    private const string Blobs = "Microsoft.Storage/storageAccounts/blobServices/containers/blobs/";

    /// <summary>A token goes beside a signature only to a managed disk or snapshot; which of them, the address does not tell.</summary>
    private const string Disks = "Microsoft.Compute/disks/";
    private const int Forbidden = 403;

    private static readonly ConditionalWeakTable<Response, string> Missing = new();

    /// <summary>The policy. It stands next to the transport.</summary>
    public static DataActionPolicy Instance { get; } = new();

    /// <summary>The data action that was missing; null where that is not why it was refused.</summary>
    /// <param name="answer">An answer of blob storage.</param>
    public static string? Find(Response? answer) => answer is not null && Missing.TryGetValue(answer, out string? action) ? action : null;

    /// <inheritdoc/>
    public override void OnReceivedResponse(HttpMessage message)
    {
        if (message.Response.Status == Forbidden
            && message.Response.Headers.TryGetValue("x-ms-error-code", out string? code) && string.Equals(code, "AuthorizationPermissionMismatch", StringComparison.Ordinal)
            && message.Request.Headers.TryGetValue("Authorization", out string? credential) && credential.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            RequestMethod method = message.Request.Method;
            bool isDisk = message.Request.Uri.Query.IndexOf("sig=", StringComparison.Ordinal) >= 0;
            Missing.Add(message.Response, isDisk ? Disks + (method == RequestMethod.Put ? "upload" : "download") + "/action" : Blobs + (method == RequestMethod.Get || method == RequestMethod.Head ? "read" : method == RequestMethod.Delete ? "delete" : "write"));
        }
    }
}
