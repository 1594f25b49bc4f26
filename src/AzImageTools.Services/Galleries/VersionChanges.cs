using System.Text.Json.Nodes;
using AzImageTools.Services.Session;
using Azure.Core;

namespace AzImageTools.Services.Galleries;

/// <summary>Changes a version that is there, and waits until Azure has done it.</summary>
internal static class VersionChanges
{
    /// <summary>Reads the version, sends its change, and waits for its end.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The version.</param>
    /// <param name="change">The body of the change.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">It is not there, or Azure refused.</exception>
    public static async Task ApplyAsync(ImageSession session, ResourceIdentifier id, Func<GalleryVersionDocument, JsonObject> change, OperationContext context)
    {
        ArmDocuments documents = GalleryVersionDocument.Documents(session, id);
        await AzureErrors.CallAsync($"Changing the {GalleryIds.Describe(id)}", id.ToString(), async () =>
        {
            if (await documents.FindAsync(string.Empty, context.Cancellation).ConfigureAwait(false) is { } found && GalleryVersionDocument.From(found) is { } version)
            {
                await documents.ChangeAsync(RequestMethod.Patch, string.Empty, change(version), context.Cancellation).ConfigureAwait(false);
            }

            await ReplicationWait.WaitAsync(session, id, context).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }
}
