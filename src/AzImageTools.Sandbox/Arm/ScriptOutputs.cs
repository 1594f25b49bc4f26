using System.Text;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Storage.Authorization;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Appends what scripts write to append blobs, as <c>outputBlobUri</c> and <c>errorBlobUri</c> ask for. Used under the cloud's lock.</summary>
internal sealed class ScriptOutputs(CloudState state)
{
    private readonly Authorizer _authorizer = new(state);

    /// <summary>Appends to a blob, which is made where it is missing.</summary>
    /// <param name="address">With a signature that may add, create and write; null for nowhere.</param>
    /// <param name="hasIdentity">Whether a managed identity is to do it, which may.</param>
    /// <param name="text">What was written.</param>
    /// <returns>What went wrong; null for nothing.</returns>
    public string? Append(string? address, bool hasIdentity, string text)
    {
        if (address is null)
        {
            return null;
        }

        try
        {
            var blob = Open(address, hasIdentity);
            var bytes = Encoding.UTF8.GetBytes(text);
            var offset = blob.Data.Length;
            if (bytes.Length > 0)
            {
                blob.Data.Resize(offset + bytes.Length);
                blob.Data.Write(new PageRange(offset, offset + bytes.Length), bytes);
                blob.BlockCount++;
            }

            blob.Touch(state.Now);
            return null;
        }
        catch (StorageException error)
        {
            return error.Code + ": " + error.Message;
        }
    }

    private AppendBlob Open(string address, bool hasIdentity)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !BlobAddress.IsBlobHost(uri.Host))
        {
            throw StorageException.NotFound("ResourceNotFound", "The address is not one of a blob.");
        }

        var (accountName, containerName, name) = BlobAddress.Parse(uri);
        if (name is null || !state.Accounts.TryGetValue(accountName, out var account) || !account.Containers.TryGetValue(containerName, out var container))
        {
            throw StorageException.NotFound("ContainerNotFound", "The specified container does not exist.");
        }

        var blob = container.Blobs.TryGetValue(name, out var found) ? found : null;
        var query = QueryString.Parse(uri.Query);
        if (query.ContainsKey("sig") || !hasIdentity)
        {
            _authorizer.CheckSignature(new SasQuery(query), uri, account, containerName, name, AccessNeed.Object(blob is null ? "cw" : "aw"));
        }

        if (blob is null)
        {
            blob = new AppendBlob(name, state.Folder.Create(name, 0), state.Now);
            container.Blobs[name] = blob;
        }

        return blob as AppendBlob ?? throw StorageException.Conflict("InvalidBlobType", "The blob type is invalid for this operation.");
    }
}
