// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
/*
 * Who made a signature, from the DER of a PKCS#7 message (RFC 5652):
 *
 *	ContentInfo ::= SEQUENCE { contentType, [0] SignedData }
 *	SignedData  ::= SEQUENCE { version, digestAlgorithms, encapContentInfo,
 *				   [0] certificates?, [1] crls?, SET OF SignerInfo }
 *	SignerInfo  ::= SEQUENCE { version, sid, ... }
 *	sid	    ::= SEQUENCE { issuer Name, serialNumber } or [0] key identifier
 *	Name	    ::= SEQUENCE OF SET OF SEQUENCE { type, value }
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

enum {
	DER_INTEGER = 0x02,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_KEY_ID = 0x80,		/* [0], primitive */
	DER_CONTEXT_0 = 0xa0,
	DER_CONTEXT_1 = 0xa1,
};

/* What is left of some contents. */
struct der {
	const unsigned char *p;
	size_t len;
};

/* The length that begins at @in, which moves behind it. Not for indefinite ones. */
static bool take_length(struct der *in, size_t *len)
{
	unsigned int i, bytes;

	if (!in->len)
		return false;
	*len = *in->p++;
	in->len--;
	if (*len < 0x80)
		return true;
	bytes = *len & 0x7f;
	if (!bytes || bytes > 4 || bytes > in->len)
		return false;
	for (*len = 0, i = 0; i < bytes; i++)
		*len = *len << 8 | *in->p++;
	in->len -= bytes;
	return true;
}

/* The next element: its tag and contents; @in moves behind it. */
static bool take(struct der *in, unsigned int *tag, struct der *contents)
{
	size_t len;

	if (!in->len)
		return false;
	*tag = *in->p++;
	in->len--;
	if (!take_length(in, &len) || len > in->len)
		return false;
	*contents = (struct der){ in->p, len };
	in->p += len;
	in->len -= len;
	return true;
}

static bool take_tag(struct der *in, unsigned int want, struct der *contents)
{
	unsigned int tag;

	return take(in, &tag, contents) && tag == want;
}

/* The first signer's identifier. */
static bool find_signer(struct der in, unsigned int *tag, struct der *sid)
{
	struct der content, explicit, data, skipped, infos, info;

	if (!take_tag(&in, DER_SEQUENCE, &content) || !take_tag(&content, DER_OID, &skipped) ||
	    !take_tag(&content, DER_CONTEXT_0, &explicit) || !take_tag(&explicit, DER_SEQUENCE, &data))
		return false;
	if (!take_tag(&data, DER_INTEGER, &skipped) || !take_tag(&data, DER_SET, &skipped) ||
	    !take_tag(&data, DER_SEQUENCE, &skipped))
		return false;
	do {
		if (!take(&data, tag, &infos))
			return false;
	} while (*tag == DER_CONTEXT_0 || *tag == DER_CONTEXT_1);
	return *tag == DER_SET && take_tag(&infos, DER_SEQUENCE, &info) &&
	       take_tag(&info, DER_INTEGER, &skipped) && take(&info, tag, sid);
}

/* ---- words ---- */

/* Short names of the attributes that tell people who it is; X.520, 2.5.4.N. */
static const char *attribute_name(const struct der *oid)
{
	if (oid->len != 3 || oid->p[0] != 0x55 || oid->p[1] != 0x04)
		return NULL;
	switch (oid->p[2]) {
	case 3:
		return "CN";
	case 10:
		return "O";
	case 11:
		return "OU";
	default:
		return NULL;
	}
}

/* A line of its own in a terminal: whatever is no ASCII letter or sign is a '?'. */
static void print_string(FILE *out, const struct der *s)
{
	size_t i;

	for (i = 0; i < s->len; i++)
		putc(isprint(s->p[i]) ? s->p[i] : '?', out);
}

static void print_hex(FILE *out, const struct der *bytes)
{
	size_t i;

	for (i = 0; i < bytes->len; i++)
		fprintf(out, "%02x", bytes->p[i]);
}

static void print_name(FILE *out, struct der name)
{
	struct der set, attribute, oid, value;
	unsigned int tag;

	while (take_tag(&name, DER_SET, &set)) {
		while (take_tag(&set, DER_SEQUENCE, &attribute)) {
			if (!take_tag(&attribute, DER_OID, &oid) || !attribute_name(&oid) ||
			    !take(&attribute, &tag, &value))
				continue;
			fprintf(out, "%s=", attribute_name(&oid));
			print_string(out, &value);
			fputs(", ", out);
		}
	}
}

static bool print_signer(FILE *out, unsigned int tag, struct der sid)
{
	struct der name, serial;

	if (tag == DER_KEY_ID) {
		fputs("key ", out);
		print_hex(out, &sid);
		return true;
	}
	if (tag != DER_SEQUENCE || !take_tag(&sid, DER_SEQUENCE, &name) ||
	    !take_tag(&sid, DER_INTEGER, &serial))
		return false;
	print_name(out, name);
	fputs("serial ", out);
	print_hex(out, &serial);
	return true;
}

int tagsched_signature__signer(const void *signature, size_t size, char *buf, size_t buf_size)
{
	struct der sid;
	unsigned int tag;
	bool good;
	FILE *out;

	if (!buf_size)
		return ts_err(-EINVAL, "a signer's name needs a buffer");
	buf[0] = '\0';
	if (!find_signer((struct der){ signature, size }, &tag, &sid))
		return ts_err(-EBADMSG, "a signature that is not PKCS#7 in DER");
	out = fmemopen(buf, buf_size, "w");
	if (!out)
		return ts_err(-ENOMEM, "a signer's name: out of memory");
	good = print_signer(out, tag, sid);
	fclose(out);
	buf[buf_size - 1] = '\0';
	if (good)
		return 0;
	buf[0] = '\0';
	return ts_err(-EBADMSG, "a signature that names no signer");
}
