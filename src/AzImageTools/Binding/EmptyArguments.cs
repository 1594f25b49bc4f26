using System.Management.Automation;
using System.Reflection;
using AzImageTools.Disks;
using AzImageTools.Errors;
using AzImageTools.Services;

namespace AzImageTools.Binding;

/// <summary>Arguments that are empty, mostly by a variable that nobody set. An empty cell of a piped row is none: it counts as not given.</summary>
internal static class EmptyArguments
{
    /// <summary>Ends a command that was given an empty argument; called before anything is piped.</summary>
    public static void Refuse(PSCmdlet cmdlet)
    {
        string? empty = cmdlet.MyInvocation.BoundParameters
            .Where(argument => argument.Value is null && TakesCell(cmdlet.GetType().GetProperty(argument.Key)))
            .Select(argument => argument.Key)
            .FirstOrDefault();
        if (empty is not null)
        {
            cmdlet.ThrowTerminatingError(ErrorRecords.From(new ImageServiceException(
                "ArgumentEmpty", ErrorKind.InvalidArgument, $"The argument of -{empty} is empty.", $"Give a value, or leave -{empty} out.", empty)));
        }
    }

    private static bool TakesCell(PropertyInfo? parameter) => parameter?.GetCustomAttribute<CellAttribute>() is not null;
}
