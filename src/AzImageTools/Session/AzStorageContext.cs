using System.Management.Automation;
using AzImageTools.Errors;
using AzImageTools.Services;
using AzImageTools.Services.Upload.Target;

namespace AzImageTools.Session;

/// <summary>
/// A context of Az.Storage (New-AzStorageContext), or something that has one, as the accounts, containers and blobs of
/// Az.Storage do. It is read by property name, so that any version of Az.Storage will do.
/// </summary>
internal static class AzStorageContext
{
    /// <summary>Reads a parameter's context, and writes an error where it can't be used. Called on the pipeline's thread.</summary>
    /// <param name="cmdlet">The running cmdlet.</param>
    /// <param name="value">The context; null where none was given.</param>
    /// <param name="connection">The context, read; null for none.</param>
    /// <returns>False where it can't be used.</returns>
    public static bool TryRead(PSCmdlet cmdlet, object? value, out StorageConnection? connection)
    {
        try
        {
            connection = value is null ? null : Read(value);
            return true;
        }
        catch (ImageServiceException exception)
        {
            cmdlet.WriteError(ErrorRecords.From(exception));
            connection = null;
            return false;
        }
    }

    /// <summary>Reads the context. Called on the pipeline's thread: the context of Get-AzStorageAccount asks Azure for its key only now.</summary>
    /// <param name="value">The context.</param>
    /// <exception cref="ImageServiceException">It can't be read, or carries no credential that an upload can use (StorageContextUnusable).</exception>
    public static StorageConnection Read(object value)
    {
        PSObject context = PSObject.AsPSObject(value);
        try
        {
            if (context.Properties["ConnectionString"] is null && context.Properties["Context"]?.Value is { } inner)
            {
                context = PSObject.AsPSObject(inner);
            }

            return new StorageConnection(
                context.Properties["ConnectionString"]?.Value as string,
                context.Properties["StorageAccountName"]?.Value as string,
                context.Properties["BlobEndPoint"]?.Value as string,
                IsSignedIn(context));
        }
        catch (GetValueException exception)
        {
            // Not its cause: what that says of the account is not ours to judge.
            throw StorageConnection.Unreadable((exception.InnerException ?? exception).Message);
        }
    }

    /// <summary>Whether it is one of New-AzStorageContext -UseConnectedAccount. Its own credential is Az's, and the session asks Az for tokens anyway.</summary>
    private static bool IsSignedIn(PSObject context)
        => Inner(Inner(context, "StorageAccount"), "Credentials")?.Properties["IsToken"]?.Value is true || Inner(context, "Track2OauthToken") is not null;

    private static PSObject? Inner(PSObject? from, string property) => from?.Properties[property]?.Value is { } value ? PSObject.AsPSObject(value) : null;
}
